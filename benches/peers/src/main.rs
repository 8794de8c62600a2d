//! Times another signer: `peers NAME IN.pdf OUT.pdf KEY.p12 PASSWORD TIMES` signs over and over and prints the median
//! time of one signature in milliseconds. The file is read and written once a turn, as a program would.

use std::time::Instant;
use underskrift::{PdfSigner, SigningOptions, SoftwareSigner, SubFilter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, input, output, key, password, times] = arguments.as_slice() else {
        return Err("NAME IN.pdf OUT.pdf KEY.p12 PASSWORD TIMES".into());
    };
    let key = std::fs::read(key)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let opened = SoftwareSigner::from_pkcs12_data(&key, password)?;
    let mut all = Vec::new();
    for _ in 0..times.parse::<usize>()? {
        let begun = Instant::now();
        let pdf = std::fs::read(input)?;
        let signed = match name.as_str() {
            "pdf_signer" => pdf_signer::sign_pdf_bytes(&pdf, &key, password, &pdf_signer::SignOptions::default())?,
            "underskrift" => {
                let options = SigningOptions {
                    sub_filter: SubFilter::Pades,
                    field_name: "Signature1".to_owned(),
                    ..SigningOptions::default()
                };
                runtime.block_on(PdfSigner::new().options(options).sign(&pdf, &opened))?
            }
            other => return Err(format!("no such signer: {other}").into()),
        };
        std::fs::write(output, signed)?;
        all.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    all.sort_by(f64::total_cmp);
    println!("{:.4}", all[all.len() / 2]);
    Ok(())
}
