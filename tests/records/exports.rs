//! Records in the forms of other archives, judged by validators that we did not write.

use super::package::{contents, interop_required, python};
use fumikura::package::{Original, PackageContents, PackageLimits, csip_package, ocfl_root, unpack, write_bag};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn write(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Runs a Python script that uses an archive's validator on a folder; returns whether it ended well, and what it said.
pub fn judged(script: &str, folder: &Path) -> Option<(bool, String)> {
    let python = Path::new(&python()?).parent()?.parent()?.join("archives/bin/python");
    if !python.exists() {
        assert!(!interop_required(), "{} is not installed", python.display());
        return None;
    }
    let output = Command::new(python).args(["-c", script]).arg(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

fn root(contents: &PackageContents) -> BTreeMap<String, Vec<u8>> {
    let bag = unpack(&write_bag(contents).unwrap(), &PackageLimits::default()).unwrap();
    ocfl_root(contents.metadata.record, bag, contents.metadata.packaged_at).unwrap()
}

#[test]
fn an_ocfl_validator_accepts_a_root_and_finds_what_is_changed_in_it() {
    let script = "import sys, ocfl\n\
        store = ocfl.StorageRoot(root=sys.argv[1])\n\
        sound = store.validate(log_warnings=True)\n\
        print(store.log.messages, getattr(store, 'errors', None))\n\
        sys.exit(0 if sound and store.good_objects == store.num_objects == 1 else 1)\n";
    let folder = tempfile::tempdir().unwrap();
    let mut twins = contents(1, b"%PDF-1.7 bytes");
    // Two files of the same bytes are stored once.
    let Original { bytes, sha256, .. } = twins.originals[0].clone();
    (twins.originals[1].bytes, twins.originals[1].sha256) = (bytes, sha256);
    let files = root(&twins);
    let stored = files.keys().filter(|path| path.contains("/v1/content/data/original/")).count();
    assert_eq!(stored, 1, "{:?}", files.keys());
    write(folder.path(), &files);
    let Some((accepted, said)) = judged(script, folder.path()) else { return };
    assert!(accepted, "{said}");
    assert!(!said.to_lowercase().contains("warn"), "{said}");
    let original = files.keys().find(|path| path.contains("/v1/content/data/original/")).unwrap();
    std::fs::write(folder.path().join(original), b"%PDF-1.7 other").unwrap();
    let (accepted, said) = judged(script, folder.path()).unwrap();
    assert!(!accepted, "{said}");
}

/// The validator asks for its vocabularies over the network; it has them beside itself as well.
pub const E_ARK: &str = "import pathlib, sys, urllib.request\n\
    import importlib.util\n\
    home = pathlib.Path(importlib.util.find_spec('eark_validator').submodule_search_locations[0])\n\
    kept = home / 'ipxml' / 'resources' / 'vocabs'\n\
    urllib.request.urlopen = lambda url: open(kept / url.rsplit('/', 1)[1], 'rb')\n\
    from eark_validator.packages import PackageValidator\n\
    from eark_validator.model import StructureStatus\n\
    report = PackageValidator(pathlib.Path(sys.argv[1])).validation_report\n\
    found = list(report.structure.messages)\n\
    for part in (report.metadata.schema_results, report.metadata.schematron_results):\n\
    \x20   found += part.messages\n\
    for one in found:\n\
    \x20   print(one.severity, one.rule_id, one.location, one.message)\n\
    sys.exit(0 if report.is_valid else 1)\n";

#[test]
fn an_e_ark_validator_accepts_a_package_and_finds_what_is_changed_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (name, files) = csip_package(&contents(1, b"%PDF-1.7 bytes")).unwrap();
    let package = folder.path().join(&name);
    write(&package, &files);
    let Some((accepted, said)) = judged(E_ARK, &package) else { return };
    assert!(accepted, "{said}");
    assert!(!said.contains("Error"), "{said}");
    let mets = String::from_utf8(files["METS.xml"].clone()).unwrap();
    std::fs::write(package.join("METS.xml"), mets.replacen("CHECKSUMTYPE=\"SHA-256\"", "", 1)).unwrap();
    let (accepted, said) = judged(E_ARK, &package).unwrap();
    assert!(!accepted, "{said}");
}

#[test]
fn a_package_names_every_file_with_its_hash() {
    let (name, files) = csip_package(&contents(1, b"%PDF-1.7 bytes")).unwrap();
    assert_eq!(name, format!("{}.1", "01".repeat(16)));
    let mets = String::from_utf8(files["METS.xml"].clone()).unwrap();
    for (path, bytes) in files.iter().filter(|(path, _)| *path != "METS.xml") {
        let hash = fumikura::digest::Sha256Hex::of(bytes);
        let line = mets.lines().find(|line| line.contains(&format!("xlink:href=\"{path}\""))).unwrap();
        assert!(line.contains(hash.as_str()) && line.contains(&format!("SIZE=\"{}\"", bytes.len())), "{line}");
    }
    let descriptive = String::from_utf8(files["metadata/descriptive/dc.xml"].clone()).unwrap();
    assert!(descriptive.contains("<dc:title>営業許可について（通知）</dc:title>"), "{descriptive}");
    assert_eq!(files["representations/original/data/0001.pdf"], b"%PDF-1.7 bytes");
}
