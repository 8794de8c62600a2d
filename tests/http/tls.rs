//! TLS by the service itself, as `openssl` meets it: versions, a new certificate in mid-service, and callers that speak no TLS.

use super::city;
use fumikura::http::{Door, Tls, serve_over};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// Makes a certificate for this machine; its files are NAME.crt and NAME.key.
fn certificate(folder: &Path, name: &str) -> (Vec<u8>, Vec<u8>) {
    let place = |ending: &str| folder.join(format!("{name}.{ending}"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", &format!("/CN={name}"), "-addext", "subjectAltName=IP:127.0.0.1"])
        .arg("-keyout")
        .arg(place("key"))
        .arg("-out")
        .arg(place("crt"))
        .output()
        .expect("openssl is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (std::fs::read(place("crt")).expect("a certificate"), std::fs::read(place("key")).expect("a key"))
}

/// Asks for `/healthz` over TLS, believing one certificate.
async fn asked(address: SocketAddr, believed: PathBuf, more: &'static [&'static str]) -> Output {
    let work = move || {
        let mut client = Command::new("openssl")
            .args(["s_client", "-quiet", "-verify_return_error", "-connect", &address.to_string(), "-CAfile"])
            .arg(believed)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("openssl is installed");
        let mut input = client.stdin.take().expect("its input");
        // A client that was refused takes no request.
        let _ = std::io::Write::write_all(&mut input, b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let output = client.wait_with_output().expect("openssl ends");
        drop(input);
        output
    };
    tokio::task::spawn_blocking(work).await.expect("a thread")
}

fn is_answered(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stdout).ends_with("ok\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_served_over_tls_and_a_new_certificate_needs_no_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, first_key) = certificate(folder.path(), "first");
    let (second, second_key) = certificate(folder.path(), "second");
    let tls = Tls::new(&first, &first_key).expect("a certificate with its key");
    let city = city::over_tls().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let service = tokio::spawn(serve_over(
        listener,
        Door { tls: Some(tls.clone()), behind_proxy: false },
        city.router.clone(),
        std::future::pending(),
    ));
    let of = |name: &str| folder.path().join(format!("{name}.crt"));

    // Somebody who speaks no TLS, and somebody who says nothing, hold nobody up.
    let mut plain = TcpStream::connect(address).await.expect("the service listens");
    plain.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the bytes are taken");
    let silent = TcpStream::connect(address).await.expect("the service listens");
    for versions in [&["-tls1_2"][..], &["-tls1_3"]] {
        let output = asked(address, of("first"), versions).await;
        assert!(is_answered(&output), "{versions:?}: {output:?}");
    }
    assert!(!is_answered(&asked(address, of("first"), &["-tls1_1"]).await), "older versions are not spoken");
    assert!(!is_answered(&asked(address, of("second"), &[]).await), "it is the first certificate");

    assert!(tls.renew(&second, &first_key).is_err(), "a key of another certificate");
    assert!(is_answered(&asked(address, of("first"), &[]).await), "what cannot be used changes nothing");
    tls.renew(&second, &second_key).expect("the second certificate");
    assert!(is_answered(&asked(address, of("second"), &[]).await));
    drop((plain, silent));
    service.abort();
}

#[test]
fn what_is_no_certificate_or_key_is_refused_and_not_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let (chain, key) = certificate(folder.path(), "one");
    for (chain, key) in [(&b""[..], &key[..]), (b"-----BEGIN", &key), (&chain, b"secret words"), (&chain, b"")] {
        let refused = Tls::new(chain, key).map(drop).expect_err("refused");
        assert!(!refused.to_string().contains("secret words"), "{refused}");
    }
}
