//! A part of a terminal that is drawn again and again, below what was there before.

use std::io;

/// Characters of a terminal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Size {
    /// That of the terminal on standard output; 80 by 24 where it does not say.
    pub(super) fn of_terminal() -> Self {
        let known = rustix::termios::tcgetwinsize(io::stdout()).ok();
        let known = known.filter(|size| size.ws_col > 0 && size.ws_row > 0);
        known.map_or(
            Self {
                columns: 80,
                rows: 24,
            },
            |size| Self {
                columns: size.ws_col.into(),
                rows: size.ws_row.into(),
            },
        )
    }
}

/// How much of the terminal was drawn.
#[derive(Debug, Default)]
pub(super) struct Screen {
    drawn: usize,
}

impl Screen {
    /// What makes the terminal show these lines in place of those before: up to the first (CUU), each cleared to its
    /// end (EL), and what is left below (ED). Lines are cut to the width, since a broken one would count as two, and to
    /// the height, since what has scrolled away cannot be drawn again.
    pub(super) fn frame(&mut self, lines: &[String], size: Size) -> String {
        let mut text = match self.drawn {
            0 => String::new(),
            drawn => format!("\u{1b}[{drawn}A\r"),
        };
        let fitting = lines.len().min(size.rows.saturating_sub(1));
        for line in lines.iter().take(fitting) {
            text.extend(line.chars().take(size.columns));
            text.push_str("\u{1b}[K\n");
        }
        text.push_str("\u{1b}[J");
        self.drawn = fitting;
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_frame_takes_the_place_of_the_one_before() {
        let size = Size {
            columns: 80,
            rows: 24,
        };
        let mut screen = Screen::default();
        assert_eq!(
            screen.frame(&lines(&["a", "b"]), size),
            "a\u{1b}[K\nb\u{1b}[K\n\u{1b}[J"
        );
        assert_eq!(
            screen.frame(&lines(&["c"]), size),
            "\u{1b}[2A\rc\u{1b}[K\n\u{1b}[J"
        );
        assert_eq!(screen.frame(&[], size), "\u{1b}[1A\r\u{1b}[J");
        assert_eq!(screen.frame(&[], size), "\u{1b}[J");
    }

    #[test]
    fn a_frame_fits_on_the_terminal() {
        let size = Size { columns: 3, rows: 3 };
        let mut screen = Screen::default();
        let frame = screen.frame(&lines(&["●●●●", "b", "c"]), size);
        assert_eq!(frame, "●●●\u{1b}[K\nb\u{1b}[K\n\u{1b}[J");
        assert!(screen.frame(&[], size).starts_with("\u{1b}[2A"));
    }
}
