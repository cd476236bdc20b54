//! The command line.

use crate::Result;
use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
Shows what 64 readers of one expensive value go through when it expires: with a plain time to live,
with a lock, with moka, and with a DogpileCell.

Usage: cargo run --release -p stampede [-- PATH]

  PATH    a directory (or file) whose text files are loaded into the database that the expensive
          report is made from; by default the source trees that cargo keeps on this machine
  --help  this text
";

#[derive(Debug, PartialEq)]
pub(crate) enum Arguments {
    Help,
    /// With the PATH, if one was given.
    Run(Option<PathBuf>),
}

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let mut path = None;
        for argument in arguments {
            if argument == "--help" || argument == "-h" {
                return Ok(Self::Help);
            }
            let shown = argument.to_string_lossy();
            if shown.starts_with('-') {
                return Err(format!("unknown option {shown}; try --help").into());
            }
            if argument.is_empty() {
                return Err("PATH is empty; leave it out to use cargo's source trees".into());
            }
            if path.replace(PathBuf::from(&argument)).is_some() {
                return Err(format!("one PATH is enough, and {shown} is another; try --help").into());
            }
        }
        Ok(Self::Run(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments> {
        Arguments::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn one_path_or_none() {
        assert_eq!(parse(&[]).unwrap(), Arguments::Run(None));
        assert_eq!(parse(&["src"]).unwrap(), Arguments::Run(Some("src".into())));
        assert_eq!(parse(&["src", "--help"]).unwrap(), Arguments::Help);
    }

    #[test]
    fn anything_else_is_an_error_that_says_what() {
        assert!(parse(&["src", "tests"]).unwrap_err().to_string().contains("tests"));
        assert!(parse(&["--fast"]).unwrap_err().to_string().contains("--fast"));
        assert!(parse(&[""]).is_err());
    }
}
