//! Where the secrets of a text are.

mod line;
mod names;
mod source;

pub(super) use line::in_line;
pub use names::is_secret_name;
pub(super) use source::in_source;
