//! What the benches share: keys of a demonstration, files, and the command lines of ourselves and of others.

#![allow(dead_code, reason = "each bench uses some of it")]

use fumikura::asn1::{Certificate, CertificateList, pem_blocks, pem_encode};
use fumikura::cli::SystemEntropy;
use fumikura::cms::SigningIdentity;
use fumikura::keystore::{self, DemoPkiFiles, KeyReference, make_demo_pki, write_demo_pki};
use fumikura::pdf::{Dictionary, Limits, Object, Pdf, Update};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// One page.
pub const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/typst.pdf");
const PASSWORD: &str = "himitsu";

/// Returns how many rounds are asked for.
pub fn rounds(usual: usize) -> usize {
    std::env::var("FUMIKURA_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Returns the median.
pub fn median(mut times: Vec<f64>) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

/// Returns how long work takes, in milliseconds.
pub fn timed(mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e3
}

/// Runs each command in turn, so that ratios hold on a machine with other work, and returns medians in milliseconds; none
/// for who is not installed or fails.
pub fn in_turn(mut rows: Vec<(&str, Option<Command>)>, rounds: usize) -> Vec<(&str, Option<f64>)> {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); rows.len()];
    for _ in 0..rounds {
        for ((name, command), times) in rows.iter_mut().zip(&mut times) {
            let Some(mut running) = command.take() else { continue };
            running.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut good = false;
            let time = timed(|| good = running.status().is_ok_and(|status| status.success()));
            if good {
                times.push(time);
                *command = Some(running);
            } else {
                println!("  ({name} is not installed, or failed)");
            }
        }
    }
    rows.iter().zip(times).map(|((name, _), times)| (*name, median(times))).collect()
}

/// Keys, and a folder for what is made.
pub struct Hall {
    folder: tempfile::TempDir,
    pub files: DemoPkiFiles,
    /// The key as PKCS#12, where OpenSSL could make it.
    key: Option<PathBuf>,
}

impl Hall {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SystemEntropy::default();
        let pki = make_demo_pki(jiff::Timestamp::now(), &entropy).unwrap();
        let files = write_demo_pki(&folder.path().join("pki"), &pki, None, &entropy).unwrap();
        let ca = pem_encode("CERTIFICATE", pki.issuing_ca.certificate.der());
        std::fs::write(folder.path().join("ca.pem"), ca.as_bytes()).unwrap();
        let key = pkcs12(folder.path(), &files);
        Self { folder, files, key }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The seal.
    pub fn identity(&self) -> SigningIdentity {
        self.identity_of(&self.files.seal_key, &self.files.seal_certificate)
    }

    /// The timestamping authority.
    pub fn tsa(&self) -> SigningIdentity {
        self.identity_of(&self.files.tsa_key, &self.files.tsa_certificate)
    }

    /// Makes a timestamping authority with an RSA key of so many bits; returns the files of key and certificate.
    pub fn another_tsa(&self, bits: u32) -> (PathBuf, PathBuf) {
        let (key, own) = (self.path(&format!("tsa-{bits}.key.pem")), self.path(&format!("tsa-{bits}.crt.pem")));
        let mut make = Command::new("openssl");
        make.args(["req", "-x509", "-sha256", "-nodes", "-days", "30", "-subj", "/CN=TSA", "-newkey"]);
        make.arg(format!("rsa:{bits}"))
            .arg("-CA")
            .arg(self.path("ca.pem"))
            .arg("-CAkey")
            .arg(&self.files.issuing_ca_key);
        make.args(["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature"]);
        make.args(["-addext", "extendedKeyUsage=critical,timeStamping", "-keyout"]).arg(&key).arg("-out").arg(&own);
        assert!(make.stderr(Stdio::null()).status().unwrap().success());
        (key, own)
    }

    /// The authority of such files.
    pub fn authority_of(&self, key: &Path, own: &Path) -> SigningIdentity {
        self.identity_of(key, own)
    }

    fn identity_of(&self, key: &Path, own: &Path) -> SigningIdentity {
        let signer = keystore::open(&KeyReference::File(key.to_owned()), || None).unwrap().signer;
        SigningIdentity::new(signer, certificate(own), vec![certificate(&self.path("ca.pem"))]).unwrap()
    }

    /// The revocation lists.
    pub fn lists(&self) -> Vec<CertificateList> {
        let read = |path: &PathBuf| CertificateList::from_der(&std::fs::read(path).unwrap()).unwrap();
        [&self.files.root_crl, &self.files.issuing_ca_crl].map(read).into()
    }

    /// Writes a file of pages that are pictures, as scanners make them.
    pub fn scan(&self, megabytes: usize) -> PathBuf {
        let path = self.path(&format!("{megabytes}.pdf"));
        let mut out = BufWriter::new(std::fs::File::create(&path).unwrap());
        let (mut at, mut places) = (0_u64, Vec::new());
        let mut put = |bytes: &[u8], out: &mut BufWriter<std::fs::File>| {
            out.write_all(bytes).unwrap();
            at += bytes.len() as u64;
            at
        };
        let mut end = put(b"%PDF-1.7\n", &mut out);
        let picture: Vec<u8> = (0..1_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let kids: Vec<String> = (0..megabytes).map(|page| format!("{} 0 R", 3 + 2 * page)).collect();
        let mut bodies = vec!["<</Type/Catalog/Pages 2 0 R>>".to_owned()];
        bodies.push(format!("<</Type/Pages/Count {megabytes}/Kids[{}]>>", kids.join(" ")));
        for page in 0..megabytes {
            let own = 4 + 2 * page;
            bodies.push(format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I {own} 0 R>>>>>>"
            ));
            bodies.push("<</Type/XObject/Subtype/Image/Width 1000/Height 1000/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1000000>>".to_owned());
        }
        for (index, body) in bodies.iter().enumerate() {
            places.push(end);
            end = put(format!("{} 0 obj\n{body}\n", index + 1).as_bytes(), &mut out);
            if body.contains("/Image") {
                put(b"stream\n", &mut out);
                put(&picture, &mut out);
                put(b"\nendstream\n", &mut out);
            }
            end = put(b"endobj\n", &mut out).max(end);
        }
        let mut tail = format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1);
        places.iter().for_each(|place| tail.push_str(&format!("{place:010} 00000 n \n")));
        tail.push_str(&format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{end}\n%%EOF\n", places.len() + 1));
        put(tail.as_bytes(), &mut out);
        out.flush().unwrap();
        path
    }

    /// Ourselves.
    pub fn ours(&self, file: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        command.arg("sign").arg(file).arg("-o").arg(self.path("ours.pdf"));
        command.arg("--key").arg(format!("file:{}", self.files.seal_key.display()));
        command.arg("--cert").arg(&self.files.seal_certificate).arg("--chain").arg(self.path("ca.pem"));
        command.args(more);
        command
    }

    /// `mutool sign`, over the same file with a field for it.
    pub fn mutool(&self, file: &Path) -> Option<Command> {
        let (with_field, field) = field_to_sign(self.folder.path(), file);
        let mut command = Command::new("mutool");
        command.arg("sign").arg("-s").arg(self.key.as_ref()?).args(["-P", PASSWORD, "-o"]).arg(self.path("mutool.pdf"));
        command.arg(with_field).arg(field.to_string());
        Some(command)
    }

    /// A signer in Rust, as often as told; the program prints the median in milliseconds.
    pub fn peer(&self, name: &str, file: &Path, turns: usize) -> Option<Command> {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/target/release/peers");
        let program = std::env::var_os("FUMIKURA_PEERS").map_or(built, PathBuf::from);
        if !program.exists() {
            return None;
        }
        let mut command = Command::new(program);
        command.arg(name).arg(file).arg(self.path("peer.pdf")).arg(self.key.as_ref()?);
        command.arg(PASSWORD).arg(turns.to_string());
        Some(command)
    }

    /// pyHanko's command line.
    pub fn pyhanko(&self, file: &Path) -> Command {
        let beside = PathBuf::from(python()).with_file_name("pyhanko");
        let program = if beside.exists() { beside } else { PathBuf::from("pyhanko") };
        let mut command = Command::new(program);
        command.args(["sign", "addsig", "--field", "Signature1", "--use-pades", "pemder", "--no-pass"]);
        command.arg("--key").arg(&self.files.seal_key).arg("--cert").arg(&self.files.seal_certificate);
        command.arg("--chain").arg(self.path("ca.pem")).arg(file).arg(self.path("pyhanko.pdf"));
        command
    }

    /// Everyone, ourselves first, over one file.
    pub fn everyone(&self, file: &Path) -> Vec<(&'static str, Option<Command>)> {
        vec![
            ("fumikura sign", Some(self.ours(file, &[]))),
            ("mutool sign", self.mutool(file)),
            ("pdf_signer", self.peer("pdf_signer", file, 1)),
            ("underskrift", self.peer("underskrift", file, 1)),
            ("pyhanko sign", Some(self.pyhanko(file))),
        ]
    }
}

/// Reads a certificate.
pub fn certificate(path: &Path) -> Certificate {
    Certificate::from_der(&pem_blocks(&std::fs::read(path).unwrap()).unwrap()[0].der).unwrap()
}

/// Returns the interpreter that has pyHanko.
pub fn python() -> String {
    std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Makes the PKCS#12 file that the others read; none without OpenSSL.
fn pkcs12(folder: &Path, files: &DemoPkiFiles) -> Option<PathBuf> {
    let out = folder.join("seal.p12");
    let mut command = Command::new("openssl");
    command.args(["pkcs12", "-export", "-passout", &format!("pass:{PASSWORD}"), "-inkey"]).arg(&files.seal_key);
    // What all of them understand, the older PKCS#12 libraries among them.
    command.args(["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1", "-in"]);
    command.arg(&files.seal_certificate).arg("-certfile").arg(folder.join("ca.pem")).arg("-out").arg(&out);
    command.stderr(Stdio::null()).status().ok().filter(|status| status.success()).map(|_| out)
}

/// Adds an unsigned field, which `mutool sign` needs, and returns the file and the field's number.
fn field_to_sign(folder: &Path, file: &Path) -> (PathBuf, u32) {
    let base = Pdf::read(std::fs::read(file).unwrap(), &Limits::default()).unwrap();
    let page = base.pages().unwrap()[0].id;
    let mut update = Update::new(&base).unwrap();
    let mut field = Dictionary::new();
    field.set("Type", "Annot");
    field.set("Subtype", "Widget");
    field.set("FT", "Sig");
    field.set("T", Object::string_literal("Signature1"));
    field.set("F", 4);
    field.set("Rect", vec![20.into(), 20.into(), 170.into(), 60.into()]);
    field.set("P", Object::Reference(page));
    let field = update.add(field);
    let mut shown = update.dictionary(page).unwrap();
    shown.set("Annots", vec![Object::Reference(field)]);
    update.set(page, shown);
    let (root, catalog) = base.catalog().unwrap();
    let mut form = Dictionary::new();
    form.set("Fields", vec![Object::Reference(field)]);
    let mut catalog = catalog.clone();
    catalog.set("AcroForm", form);
    update.set(root, catalog);
    let path = folder.join("with-field.pdf");
    std::fs::write(&path, update.finish().unwrap().to_vec().unwrap()).unwrap();
    (path, field.0)
}
