//! Places in an image, in the words of a report.

use std::fmt;

/// A place in an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The image as a whole.
    Image,
    /// A part of what holds the image: a document or a blob of the layout or archive.
    Layout {
        /// Path inside the layout or archive, with forward slashes.
        path: String,
    },
    /// A field of the image's configuration.
    Configuration {
        /// Name as in the configuration, for instance `User`.
        field: &'static str,
    },
    /// A layer as a whole.
    Layer {
        /// Number of the layer, from one, the lowest first.
        layer: usize,
    },
    /// A file in a layer.
    File {
        /// Number of the layer, from one, the lowest first.
        layer: usize,
        /// Absolute path inside the image.
        path: String,
    },
    /// A package in one of these.
    Package {
        /// The place that holds it.
        within: Box<Place>,
        /// Its name.
        package: String,
    },
}

impl Place {
    /// A package in this place.
    #[must_use]
    pub fn of_package(self, package: &str) -> Self {
        Self::Package {
            within: Box::new(self),
            package: package.to_owned(),
        }
    }

    /// The package, where it is the place of one.
    pub fn package(&self) -> Option<&str> {
        match self {
            Self::Package { package, .. } => Some(package),
            _ => None,
        }
    }

    /// The path that reports show: none for the image as a whole.
    pub fn path(&self) -> Option<String> {
        match self {
            Self::Image => None,
            Self::Package { within, .. } => within.path(),
            place => Some(place.to_string()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image => formatter.write_str("image"),
            Self::Layout { path } => formatter.write_str(path),
            Self::Configuration { field } => write!(formatter, "config: {field}"),
            Self::Layer { layer } => write!(formatter, "layer {layer}"),
            Self::File { layer, path } => write!(formatter, "layer {layer}: {path}"),
            Self::Package { within, .. } => within.fmt(formatter),
        }
    }
}
