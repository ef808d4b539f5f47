//! Paths into a tree.

use std::fmt;

/// One step down a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of a mapping.
    Key(String),
    /// An item of a sequence, from zero.
    Index(usize),
    /// An item that a sequence does not have: it would have this value under this key.
    Absent {
        /// The key of the item.
        key: String,
        /// Its value, a string.
        value: String,
    },
}

/// A path from a root; shown as a JSON pointer (RFC 6901), in which `-` is an item that a sequence does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Segment>);

impl FieldPath {
    /// The path of the root itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of several keys below the root.
    pub fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Segment::Key((*key).to_owned())).collect())
    }

    /// This path and one key more.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Key(key.to_owned()));
        path
    }

    /// This path and one index more.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Index(index));
        path
    }

    /// This path and an item that the sequence there does not have.
    #[must_use]
    pub fn absent(&self, key: &str, value: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Absent {
            key: key.to_owned(),
            value: value.to_owned(),
        });
        path
    }

    /// This path followed by all steps of another.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// The path one step up; none for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, init) = self.0.split_last()?;
        Some(Self(init.to_vec()))
    }

    /// The steps from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}

impl From<Vec<Segment>> for FieldPath {
    fn from(segments: Vec<Segment>) -> Self {
        Self(segments)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.0 {
            match segment {
                Segment::Key(key) => write!(formatter, "/{}", key.replace('~', "~0").replace('/', "~1"))?,
                Segment::Index(index) => write!(formatter, "/{index}")?,
                Segment::Absent { .. } => formatter.write_str("/-")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_as_a_pointer() {
        let list = FieldPath::of(&["metadata", "a/b~c"]);
        assert_eq!(list.to_string(), "/metadata/a~1b~0c");
        assert_eq!(list.index(2).key("d").to_string(), "/metadata/a~1b~0c/2/d");
        assert_eq!(
            list.absent("topologyKey", "zone").to_string(),
            "/metadata/a~1b~0c/-"
        );
        assert_eq!(FieldPath::root().to_string(), "");
    }
}
