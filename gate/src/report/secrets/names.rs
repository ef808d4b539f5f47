//! Names that say that their value is secret.

const WORDS: &[&str] = &[
    "apikey",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "privatekey",
    "pwd",
    "secret",
    "secretkey",
    "secrets",
    "token",
    "tokens",
];

/// Words before `key` that make it a secret one.
const KEYS: &[&str] = &[
    "access",
    "api",
    "auth",
    "encryption",
    "private",
    "secret",
    "signing",
];

/// Last words that make a name one about a secret: where it is, what it is called, how long it lives.
const ABOUT: &[&str] = &[
    "class",
    "dir",
    "directory",
    "enabled",
    "expiration",
    "expiry",
    "file",
    "generator",
    "header",
    "length",
    "mode",
    "name",
    "names",
    "namespace",
    "path",
    "policy",
    "provider",
    "ref",
    "reference",
    "seconds",
    "selector",
    "ttl",
    "type",
];

/// Does a key, a variable or an option of this name hold a secret? `DB_PASSWORD`, `apiKey` and `--token` do;
/// `secretName`, `TOKEN_FILE` and `tokenExpirationSeconds` do not.
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words
        .iter()
        .map(|word| word.trim_end_matches(|letter: char| letter.is_ascii_digit()))
        .collect();
    if words.last().is_some_and(|last| ABOUT.contains(last)) {
        return false;
    }
    let key = |pair: &[&str]| matches!(pair, [first, "key" | "keys"] if KEYS.contains(first));
    words.iter().any(|word| WORDS.contains(word)) || words.windows(2).any(key)
}

/// The words of a name in lowercase: split at everything that is no letter or digit, and before a capital that
/// follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for letter in name.chars() {
        let starts = !letter.is_alphanumeric() || (letter.is_uppercase() && small);
        if starts {
            words.push(String::new());
        }
        small = letter.is_lowercase() || letter.is_numeric();
        if let Some(word) = words.last_mut()
            && letter.is_alphanumeric()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::is_secret_name;

    #[test]
    fn names_say_whether_they_hold_a_secret() {
        for name in [
            "password",
            "DB_PASSWORD",
            "PASSWORD_PROD",
            "apiKey",
            "API_KEY",
            "--token",
            "github.token",
            "clientSecret",
            "AWS_SECRET_ACCESS_KEY",
            "private-key",
            "credentials",
            "TLS_PWD",
            "dbPassword2",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "secretName",
            "secretKeyRef",
            "PASSWORD_FILE",
            "tokenExpirationSeconds",
            "TOKEN_PATH",
            "key",
            "keyboard",
            "secretary",
            "name",
            "",
            "configMapKeyRef",
            "primaryKey",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
