//! Packages: written the same every time, read back whole, refused when anything in them is wrong, opened by others' tools.

use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::id::{RecordFileId, RecordId};
use fumikura::package::{
    Derivative, Original, PackageContents, PackageError, PackageEvent, PackageIdentity, PackageLimits, PackageMetadata,
    open, read_bag, seal, unpack, unwrap_identity, wrap_identity, write_bag,
};
use fumikura::records::{
    ClassCode, RetentionFacts, RetentionPeriod, RetentionTerms, RuleReference, Trigger, YearBasis,
};
use std::io::{Read, Write};
use std::process::Command;

pub(super) fn contents(record: u8, bytes: &[u8]) -> PackageContents {
    PackageContents {
        metadata: PackageMetadata {
            record: RecordId::from_bytes([record; 16]),
            version: 1,
            title: "営業許可について（通知）".to_owned(),
            number: Some("7立総文第123号".to_owned()),
            created: "2026-04-02".parse().unwrap(),
            packaged_at: "2026-04-01T15:30:00Z".parse().unwrap(),
            creator: "総務部\r\n文書課: 係".to_owned(),
            file: RecordFileId::from_bytes([1; 16]),
            file_title: "営業許可 令和8年度".to_owned(),
            class: ClassCode::parse("B-01-01").unwrap(),
            rule: RuleReference { set: "sample-city".to_owned(), version: "1".to_owned(), rule: "r".to_owned() },
            terms: RetentionTerms {
                trigger: Trigger::Completion,
                year: YearBasis::Fiscal,
                years: RetentionPeriod::Years(5),
            },
            facts: RetentionFacts::default(),
            more: serde_json::json!({"z": 1, "a": ["𠮷", null]}),
        },
        originals: vec![
            Original {
                name: "../../etc/許可書 <&\"'>\u{1}.PDF".to_owned(),
                media_type: "application/pdf".to_owned(),
                bytes: bytes.to_vec(),
                sha256: Sha256Hex::of(bytes),
            },
            Original {
                name: "添付".to_owned(),
                media_type: "image/tiff".to_owned(),
                bytes: Vec::new(),
                sha256: Sha256Hex::of(b""),
            },
        ],
        derivatives: vec![Derivative {
            kind: "text".to_owned(),
            media_type: "text/plain; charset=utf-8".to_owned(),
            bytes: "許可する。".as_bytes().to_vec(),
        }],
        events: vec![PackageEvent {
            kind: "ingestion".to_owned(),
            at: "2026-04-01T15:30:00Z".parse().unwrap(),
            agent: "0123456789abcdef0123456789abcdef".to_owned(),
            detail: "受入れ & 検査".to_owned(),
            outcome: "success".to_owned(),
        }],
        validation_report: Some(serde_json::json!({"files": [{"indication": "TOTAL-PASSED"}]})),
    }
}

fn limits() -> PackageLimits {
    PackageLimits::default()
}

#[test]
fn a_bag_is_the_same_every_time_and_reads_back_whole() {
    let contents = contents(1, b"%PDF-1.7 bytes");
    let bag = write_bag(&contents).unwrap();
    assert_eq!(bag, write_bag(&contents).unwrap());
    let mut mistaken = contents.clone();
    mistaken.originals[0].sha256 = Sha256Hex::of(b"other bytes");
    let refused = unpack(&write_bag(&mistaken).unwrap(), &limits()).unwrap_err();
    assert!(matches!(refused, PackageError::Changed { .. }), "a digest that is not of the bytes is found: {refused:?}");
    assert_eq!(read_bag(&bag, &limits()).unwrap(), contents);
    let files = unpack(&bag, &limits()).unwrap();
    assert_eq!(files["data/original/0001.pdf"], b"%PDF-1.7 bytes");
    assert!(files.keys().all(|path| path.is_ascii() && !path.contains("..")));
    let info = String::from_utf8(files["bag-info.txt"].clone()).unwrap();
    assert!(info.contains("Source-Organization: 総務部 文書課: 係\n"), "{info}");
    assert!(info.contains("Bagging-Date: 2026-04-02\n"), "the civil date in Japan: {info}");
}

#[test]
fn a_package_without_original_is_refused() {
    let mut contents = contents(1, b"x");
    contents.originals.clear();
    assert_eq!(write_bag(&contents).unwrap_err().code(), "package-no-original");
}

/// Rebuilds a bag with its files changed, each entry stored unless said otherwise.
fn rebuilt(bag: &[u8], change: impl FnOnce(&mut Vec<(String, Vec<u8>)>), method: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bag)).unwrap();
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.push((file.name().unwrap().into_owned(), bytes));
    }
    change(&mut files);
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(name, options).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn refused(change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> &'static str {
    let bag = write_bag(&contents(1, b"%PDF-1.7 bytes")).unwrap();
    let bag = rebuilt(&bag, change, zip::CompressionMethod::Stored);
    read_bag(&bag, &limits()).unwrap_err().code()
}

fn at<'a>(files: &'a mut [(String, Vec<u8>)], end: &str) -> &'a mut (String, Vec<u8>) {
    files.iter_mut().find(|(name, _)| name.ends_with(end)).unwrap()
}

#[test]
fn anything_changed_missing_added_or_elsewhere_is_refused() {
    for end in ["0001.pdf", "record.json", "premis.xml", "validation.json", "bag-info.txt"] {
        assert_eq!(refused(|files| at(files, end).1.push(b' ')), "package-changed", "{end}");
        assert_eq!(refused(|files| files.retain(|(name, _)| !name.ends_with(end))), "package-missing-file", "{end}");
    }
    let lost = refused(|files| files.retain(|(name, _)| !name.ends_with("/manifest-sha256.txt")));
    assert_eq!(lost, "package-missing-file");
    assert_eq!(refused(|files| at(files, "/manifest-sha256.txt").1.push(b' ')), "package-not-a-bag");
    assert_eq!(refused(|files| at(files, "/bagit.txt").1.push(b' ')), "package-not-a-bag");
    let base = RecordId::from_bytes([1; 16]).to_string();
    let add = |path: &str| {
        let path = path.to_owned();
        refused(move |files| files.push((path, b"x".to_vec())))
    };
    assert_eq!(add(&format!("{base}.1/data/more.txt")), "package-unlisted-file");
    assert_eq!(add(&format!("{base}.1/metadata/more.txt")), "package-unlisted-file");
    assert_eq!(add("other/data/more.txt"), "package-not-a-bag");
    for path in ["../evil", "/evil", "a/../../evil", "evil", "a/.hidden", "a//b", "a\\b/c"] {
        assert_eq!(add(path), "package-not-a-zip", "{path}");
    }
    assert_eq!(read_bag(b"", &limits()).unwrap_err().code(), "package-not-a-zip");
    assert_eq!(read_bag(b"<html>", &limits()).unwrap_err().code(), "package-not-a-zip");
}

#[test]
fn no_single_changed_byte_changes_what_is_read() {
    let contents = contents(1, b"%PDF-1.7 bytes");
    let bag = write_bag(&contents).unwrap();
    let (mut refused, mut same) = (0, 0);
    for at in 0..bag.len() {
        let mut changed = bag.clone();
        changed[at] ^= 0x21;
        match read_bag(&changed, &limits()) {
            Ok(read) => {
                assert_eq!(read, contents, "byte {at}");
                same += 1;
            }
            Err(_) => refused += 1,
        }
        assert!(read_bag(&bag[..at], &limits()).is_err(), "cut at {at}");
    }
    assert!(refused > same, "{refused} refused, {same} in fields of the ZIP that say nothing");
}

#[test]
fn limits_hold_on_reading() {
    let bag = write_bag(&contents(1, &vec![0; 100_000])).unwrap();
    let small = PackageLimits { bag_bytes: 50_000, files: 100 };
    assert_eq!(read_bag(&bag, &small).unwrap_err().code(), "package-too-large");
    let few = PackageLimits { bag_bytes: 1 << 30, files: 5 };
    assert_eq!(read_bag(&bag, &few).unwrap_err().code(), "package-too-large");
    let identity = PackageIdentity::generate();
    let sealed = seal(&bag, &identity).unwrap();
    assert_eq!(open(&sealed, &identity, 50_000).unwrap_err().code(), "package-too-large");
    assert!(open(&sealed, &identity, bag.len() as u64).is_ok());
}

#[test]
fn sealed_bytes_open_with_their_key_and_with_no_other_and_never_when_changed() {
    let (identity, master) = (PackageIdentity::generate(), PackageIdentity::generate());
    let sealed = seal(b"bag", &identity).unwrap();
    assert_eq!(open(&sealed, &identity, 100).unwrap(), b"bag");
    assert!(matches!(open(&sealed, &master, 100), Err(PackageError::WrongKey)));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(open(&changed, &identity, 100).is_err(), "byte {at}");
        assert!(open(&sealed[..at], &identity, 100).is_err(), "cut at {at}");
    }
    let wrapped = wrap_identity(&identity, &master).unwrap();
    let unwrapped = unwrap_identity(&wrapped, &master).unwrap();
    assert_eq!(unwrapped.recipient(), identity.recipient());
    assert!(unwrap_identity(&wrapped, &identity).is_err());
    assert!(!format!("{identity:?}").contains("AGE-SECRET"));
    for text in ["", "AGE-SECRET-KEY-1X", "# only a comment", "a\nb"] {
        assert!(matches!(PackageIdentity::parse(text), Err(PackageError::BadKey)));
    }
}

/// Tells whether tools must be there.
#[expect(clippy::disallowed_methods, reason = "a test's own switch")]
pub(super) fn interop_required() -> bool {
    std::env::var("FUMIKURA_INTEROP").is_ok_and(|value| value == "1")
}

/// Runs a tool; none where it is not installed and need not be.
pub(super) fn tool(command: &mut Command) -> Option<std::process::Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if !interop_required() => {
            eprintln!("not run: {command:?}: {error}");
            None
        }
        Err(error) => panic!("{command:?}: {error}"),
    }
}

/// Returns a Python that has `bagit`; none where there is none and need not be.
#[expect(clippy::disallowed_methods, reason = "the test command says where its tools are")]
pub fn python() -> Option<String> {
    let configured = std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "target/interop/bin/python".to_owned());
    let found = [configured, "python3".to_owned()].into_iter().find(|python| {
        Command::new(python).args(["-c", "import bagit"]).output().is_ok_and(|output| output.status.success())
    });
    assert!(found.is_some() || !interop_required(), "python with bagit is not installed");
    found
}

#[test]
fn the_age_tool_and_the_bagit_tool_open_and_validate_a_package() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let bag = write_bag(&contents(1, b"%PDF-1.7 bytes")).unwrap();
    let identity = PackageIdentity::generate();
    std::fs::write(at("package.key"), identity.to_text().as_bytes()).unwrap();
    std::fs::write(at("1.pkg"), seal(&bag, &identity).unwrap()).unwrap();
    let mut age = Command::new("age");
    age.args(["-d", "-i"]).arg(at("package.key")).arg("-o").arg(at("bag.zip")).arg(at("1.pkg"));
    let Some(output) = tool(&mut age) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read(at("bag.zip")).unwrap(), bag);
    let Some(python) = python() else { return };
    let script = "import bagit, sys, zipfile, os\n\
        zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])\n\
        base = os.path.join(sys.argv[2], os.listdir(sys.argv[2])[0])\n\
        bag = bagit.Bag(base)\n\
        bag.validate()\n\
        assert bag.version == '1.0', bag.version\n\
        assert len(bag.payload_entries()) == 3\n\
        assert bag.info['External-Identifier'].endswith('.1')\n\
        open(os.path.join(base, 'data/original/0001.pdf'), 'ab').write(b'x')\n\
        assert not bagit.Bag(base).is_valid()\n";
    let output = Command::new(python).args(["-c", script]).arg(at("bag.zip")).arg(at("out")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn premis_is_well_formed_and_holds_the_true_names() {
    let files = unpack(&write_bag(&contents(1, b"x")).unwrap(), &limits()).unwrap();
    let xml = String::from_utf8(files["metadata/premis.xml"].clone()).unwrap();
    assert!(xml.contains("許可書 &lt;&amp;&quot;'&gt;\u{FFFD}.PDF"), "{xml}");
    assert!(xml.contains("受入れ &amp; 検査"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("premis.xml"), &xml).unwrap();
    let script = "import sys, xml.etree.ElementTree as tree\n\
        root = tree.parse(sys.argv[1]).getroot()\n\
        p = '{http://www.loc.gov/premis/v3}'\n\
        assert root.tag == p + 'premis' and root.get('version') == '3.0'\n\
        assert [c.tag[len(p):] for c in root] == ['object'] * 3 + ['event', 'agent']\n";
    let mut command = Command::new("python3");
    let Some(output) = tool(command.args(["-c", script]).arg(folder.path().join("premis.xml"))) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
