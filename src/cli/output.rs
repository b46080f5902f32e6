//! Standard output that may be closed or full, and progress on standard error.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Refused;

/// Where a command writes.
pub struct Output {
    out: io::BufWriter<io::Stdout>,
    closed: bool,
}

impl Output {
    /// Buffered standard output.
    pub fn new() -> Output {
        Output { out: io::BufWriter::new(io::stdout()), closed: false }
    }

    /// Whether to colour: a terminal, and NO_COLOR not set.
    pub fn colour(&self) -> bool {
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
    }

    /// Writes text. A reader that went away is no failure; a full device is.
    pub fn print(&mut self, text: &str) -> Result<(), Refused> {
        let written = self.out.write_all(text.as_bytes());
        self.settle(written)
    }

    /// Everything out.
    pub fn finish(&mut self) -> Result<(), Refused> {
        let flushed = self.out.flush();
        self.settle(flushed)
    }

    fn settle(&mut self, result: io::Result<()>) -> Result<(), Refused> {
        match result {
            _ if self.closed => Ok(()),
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => {
                self.closed = true;
                Err(Refused(format!("standard output: {error}")))
            }
        }
    }
}

impl Default for Output {
    fn default() -> Self {
        Output::new()
    }
}

/// Says something on standard error that is no failure. Where nobody can read it there is nothing to do.
pub fn notice(text: &str) {
    let _ = io::stderr().write_all(format!("note: {text}\n").as_bytes());
}

/// Progress on standard error: a bar with the time left on a terminal, a line now and then elsewhere.
pub struct Meter {
    bar: ProgressBar,
    terminal: bool,
}

impl Meter {
    /// A meter of `total` parts.
    pub fn new(total: u64) -> Meter {
        let terminal = io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {pos}/{len} left {eta} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Meter { bar, terminal }
    }

    /// Says what is under way.
    pub fn say(&self, text: &str) {
        if self.terminal {
            self.bar.set_message(text.to_string());
        } else {
            let _ = io::stderr().write_all(format!("{text}\n").as_bytes());
        }
    }

    /// One part is done.
    pub fn advance(&self) {
        self.bar.inc(1);
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
