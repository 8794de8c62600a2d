//! Cargo's build script: one number for the sources of the engine, by which a service knows an engine made from other ones; and what
//! `--version` says of a build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Cargo runs it in the package's folder. Which that is must not be built in: checkouts may share a target folder.
    let lib = fs::read_to_string("src/lib.rs")?;
    let mut files: Vec<PathBuf> = ["Cargo.lock", "Cargo.toml", "src/lib.rs"].map(PathBuf::from).into();
    for module in engine(&lib) {
        collect(&Path::new("src").join(module), &mut files)?;
    }
    files.sort();
    let mut number = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let content = fs::read(file)?;
        add(&mut number, file.to_string_lossy().as_bytes());
        add(&mut number, &(content.len() as u64).to_le_bytes());
        add(&mut number, &content);
    }
    println!("cargo::rustc-env=FUMIKURA_SOURCES={number:032x}");
    facts()
}

/// Tells by what, for what and from which state of the sources a program is built; nothing of the machine.
#[expect(clippy::disallowed_methods, reason = "Cargo says it to a build script by the environment")]
fn facts() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=FUMIKURA_COMMIT");
    println!("cargo::rerun-if-changed={MIGRATIONS}");
    let said = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let compiler = Command::new(said("RUSTC").unwrap_or_else(|| "rustc".to_owned())).arg("--version").output()?;
    let mut schemas = Vec::new();
    for entry in fs::read_dir(MIGRATIONS)? {
        schemas.push(entry?.file_name().to_string_lossy().chars().take_while(char::is_ascii_digit).collect::<String>());
    }
    for (name, value) in [
        ("COMMIT", said("FUMIKURA_COMMIT").unwrap_or_else(|| "not told".to_owned())),
        ("COMPILER", String::from_utf8_lossy(&compiler.stdout).trim().to_owned()),
        ("TARGET", said("TARGET").unwrap_or_default()),
        ("PROFILE", said("PROFILE").unwrap_or_default()),
        ("SCHEMA", schemas.into_iter().max().unwrap_or_default()),
    ] {
        println!("cargo::rustc-env=FUMIKURA_{name}={value}");
    }
    Ok(())
}

/// The migrations of one database; the other's have the same numbers.
const MIGRATIONS: &str = "src/store/sqlite/migrations";

/// Lists the modules that are not behind the feature `service`, or `templates`, which needs it.
fn engine(lib: &str) -> impl Iterator<Item = &str> {
    let before = std::iter::once("").chain(lib.lines());
    let always = before
        .zip(lib.lines())
        .filter(|(before, _)| !before.contains("\"service\"") && !before.contains("\"templates\""));
    always.filter_map(|(_, line)| line.strip_prefix("pub mod ")?.strip_suffix(';'))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Adds bytes to a number (FNV-1a, 128 bits): it tells sources apart that differ by mistake; nobody is kept out by it.
fn add(number: &mut u128, bytes: &[u8]) {
    for byte in bytes {
        *number = (*number ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
}
