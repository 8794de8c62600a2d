//! Sealing files of any size as a whole process: beside what the disk and the digest cost alone, beside others in the same
//! run, and with peak memory.
//!
//! `cargo bench --bench large` prints milliseconds (medians), ratios to hashing plus copying the same file, and the peak
//! memory where GNU time is installed. `FUMIKURA_LARGE_MB` names the sizes (default `2,50`); `FUMIKURA_ROUNDS` how often.
//! The last row is one page at B-T with our own timestamping authority. Who else is measured, `sign` tells.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench stops where anything is wrong")]

mod hall;

use hall::{Hall, PAGE, in_turn, rounds};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (rounds, bench) = (rounds(9), Bench(Hall::new()));
    let sizes = std::env::var("FUMIKURA_LARGE_MB").unwrap_or_else(|_| "2,50".to_owned());
    for megabytes in sizes.split(',').filter_map(|size| size.trim().parse::<usize>().ok()) {
        let file = bench.scan(megabytes);
        println!("\n{megabytes} MB, RSA-2048, B-B, whole process; {rounds} rounds");
        let mut hash = Command::new("openssl");
        hash.args(["dgst", "-sha256"]).arg(&file);
        let mut copy = Command::new("cp");
        copy.arg(&file).arg(bench.0.path("copy.pdf"));
        let mut rows = vec![("openssl dgst", Some(hash)), ("cp", Some(copy))];
        rows.extend(bench.0.everyone(&file));
        let times = in_turn(rows, rounds);
        let floor = times.iter().take(2).filter_map(|(_, time)| *time).sum::<f64>();
        for (name, time) in &times {
            let Some(time) = time else { continue };
            println!("  {name:<26} {time:>10.2} ms {:>8.2} x of hashing and copying", time / floor);
        }
        if let Some(kilobytes) = bench.peak(&bench.0.ours(&file, &[])) {
            println!("  {:<26} {:>10.1} MB", "fumikura sign, peak memory", kilobytes as f64 / 1024.0);
        }
    }
    let (mut authority, address) = bench.authority();
    let words = ["--level", "b-t", "--tsa", address.as_str()];
    let times = in_turn(vec![("fumikura sign, B-T", Some(bench.0.ours(Path::new(PAGE), &words)))], rounds);
    println!("\none page, B-T with our own authority over HTTP");
    times.iter().for_each(|(name, time)| println!("  {name:<26} {:>10.2} ms", time.unwrap_or_default()));
    authority.kill().unwrap();
    authority.wait().unwrap();
}

struct Bench(Hall);

impl Bench {
    /// Writes a file of pages that are pictures, as scanners make them.
    fn scan(&self, megabytes: usize) -> PathBuf {
        let path = self.0.path(&format!("{megabytes}.pdf"));
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

    /// Returns the peak memory of a command in kilobytes.
    fn peak(&self, command: &Command) -> Option<u64> {
        let said = self.0.path("peak");
        let mut timed = Command::new("/usr/bin/time");
        timed.args(["-f", "%M", "-o"]).arg(&said).arg(command.get_program()).args(command.get_args());
        timed.stdout(Stdio::null()).status().ok()?;
        std::fs::read_to_string(said).ok()?.trim().parse().ok()
    }

    fn authority(&self) -> (Child, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        command.args(["tsa", "serve", "--listen", "127.0.0.1:0", "--key"]);
        command
            .arg(format!("file:{}", self.0.files.tsa_key.display()))
            .arg("--cert")
            .arg(&self.0.files.tsa_certificate);
        command.arg("--chain").arg(self.0.path("ca.pem")).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find(|line| line.starts_with("http://")).unwrap();
        (child, address)
    }
}
