//! Where the test vectors lie that PyPI's `cryptography_vectors` ships; too large to be kept here.

use std::path::PathBuf;
use std::process::Command;

/// Returns the folder of the vectors, or says that the test passes over.
#[expect(clippy::disallowed_methods, reason = "the test command says where its tools are")]
pub fn vectors(test: &str) -> Option<PathBuf> {
    let python = std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = "import cryptography_vectors, os; print(os.path.dirname(cryptography_vectors.__file__))";
    let said = Command::new(python).args(["-c", script]).output().ok().filter(|output| output.status.success());
    let folder = said.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    if folder.is_none() {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "cryptography_vectors must be installed");
        eprintln!("{test}: the Python package cryptography_vectors is not installed; passed over");
    }
    folder
}
