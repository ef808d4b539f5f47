//! What kubectl takes for a timestamp. It matters only under the tag `!!timestamp`: the value stays a text.

/// Is a text a day, or a day and a time in one of the forms of <https://yaml.org/type/timestamp.html> that kubectl
/// knows? Months, days, hours, minutes and seconds may have one digit.
pub(super) fn is_timestamp(text: &str) -> bool {
    let mut rest = Rest(text);
    let all_of_it = rest.day().is_some() && rest.time_of_day().is_some();
    all_of_it && rest.0.is_empty()
}

/// What is left of a text.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn skip(&mut self, bytes: usize) {
        self.0 = self.0.get(bytes..).unwrap_or_default();
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        self.0 = self.0.strip_prefix(sign)?;
        Some(())
    }

    /// A number of so many digits, at least one, in a range.
    fn number(&mut self, digits: usize, least: u32, most: u32) -> Option<u32> {
        let found = self.0.bytes().take(digits).take_while(u8::is_ascii_digit).count();
        let number: u32 = self.0.get(..found)?.parse().ok()?;
        self.skip(found);
        (least..=most).contains(&number).then_some(number)
    }

    fn day(&mut self) -> Option<()> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if digits != 4 {
            return None;
        }
        let year = self.number(4, 0, 9999)?;
        self.sign('-')?;
        let month = self.number(2, 1, 12)?;
        self.sign('-')?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        self.number(2, 1, last).map(|_| ())
    }

    /// What may follow a day: nothing, a time with a zone after a `T`, or a time without one after blanks.
    fn time_of_day(&mut self) -> Option<()> {
        match self.0.bytes().next() {
            None => Some(()),
            Some(b'T' | b't') => {
                self.skip(1);
                self.time()?;
                self.zone()
            }
            Some(b' ') => {
                self.0 = self.0.trim_start_matches(' ');
                self.time()
            }
            Some(_) => None,
        }
    }

    fn time(&mut self) -> Option<()> {
        self.number(2, 0, 23)?;
        self.sign(':')?;
        self.number(2, 0, 59)?;
        self.sign(':')?;
        self.number(2, 0, 59)?;
        if let Some(fraction) = self.0.strip_prefix(['.', ',']) {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                self.skip(1 + digits);
            }
        }
        Some(())
    }

    fn zone(&mut self) -> Option<()> {
        if self.sign('Z').is_some() {
            return Some(());
        }
        self.0 = self.0.strip_prefix(['+', '-'])?;
        let two_digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count() == 2;
        if !two_digits(self.0) {
            return None;
        }
        self.number(2, 0, 24)?;
        self.sign(':')?;
        if self.0.len() < 2 {
            return None;
        }
        self.number(2, 0, 60).map(|_| ())
    }
}
