//! The client that fetches from addresses nobody vouches for: what it connects to, what it refuses, where it stops.

use super::site::{Page, Site};
use fumikura::fetch::online::{Bounds, FetchError, Reach, Web, is_public};
use std::io::Write;
use std::time::{Duration, Instant};

fn listed(hosts: &[&str]) -> Reach {
    Reach::new(hosts.iter().map(|host| host.parse().expect("a host")).collect())
}

fn site_alone(site: &Site) -> Web {
    let bounds = Bounds { exchange: Duration::from_millis(1500), ..Bounds::default() };
    Web::new(listed(&[&site.address.to_string()]), bounds)
}

#[test]
fn only_public_addresses_are_public() {
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.0.1",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "210.1.2.3",
        "64:ff9b::808:808",
        "2001:200::1",
        "2400:cb00::1",
        "2606:4700::1111",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn nothing_on_this_machine_is_connected_to_unless_it_is_listed() {
    let site = Site::start();
    site.put("/", Page::Bytes(b"secret".to_vec()));
    let port = site.address.port();
    let mut web = Web::new(Reach::default(), Bounds::default());
    for (url, why) in [
        (format!("http://127.0.0.1:{port}/"), FetchError::NotPublic),
        (format!("http://localhost:{port}/"), FetchError::NotPublic),
        (format!("http://LOCALHOST:{port}/"), FetchError::NotPublic),
        (format!("http://[::1]:{port}/"), FetchError::NotPublic),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), FetchError::NotPublic),
        (format!("http://[::ffff:7f00:1]:{port}/"), FetchError::NotPublic),
        (format!("http://0.0.0.0:{port}/"), FetchError::NotPublic),
        (format!("https://127.0.0.1:{port}/"), FetchError::NotPublic),
        (format!("http://2130706433:{port}/"), FetchError::BadUrl),
        (format!("http://0x7f000001:{port}/"), FetchError::BadUrl),
        (format!("http://0177.0.0.1:{port}/"), FetchError::BadUrl),
        (format!("http://127.1:{port}/"), FetchError::BadUrl),
        (format!("http://127.0.0.1.:{port}/"), FetchError::BadUrl),
        (format!("http://user@127.0.0.1:{port}/"), FetchError::BadUrl),
        (format!("http://user:word@127.0.0.1:{port}/"), FetchError::BadUrl),
        (format!("http://crl.example.jp@127.0.0.1:{port}/"), FetchError::BadUrl),
        (format!("http://127.0.0.1:{port}/\r\nX: y"), FetchError::BadUrl),
        (format!("http:///127.0.0.1:{port}/"), FetchError::BadUrl),
        ("http://127.0.0.1:25/".to_owned(), FetchError::NotListed),
        ("file:///etc/passwd".to_owned(), FetchError::Scheme),
        ("ldap://127.0.0.1/cn=ca?certificateRevocationList".to_owned(), FetchError::Scheme),
        ("gopher://127.0.0.1/".to_owned(), FetchError::Scheme),
        ("ftp://127.0.0.1/ca.crl".to_owned(), FetchError::Scheme),
        ("/etc/passwd".to_owned(), FetchError::BadUrl),
        (String::new(), FetchError::BadUrl),
    ] {
        assert_eq!(web.get(&url, 100), Err(why), "{url}");
        assert_eq!(web.post(&url, "application/ocsp-request", b"?", 100), Err(why), "{url}");
    }
    assert!(site.asked().is_empty(), "nobody connected");
}

#[test]
fn a_list_of_hosts_is_the_whole_of_it() {
    let (site, other) = (Site::start(), Site::start());
    for site in [&site, &other] {
        site.put("/a", Page::Bytes(b"here".to_vec()));
    }
    let mut web = site_alone(&site);
    assert_eq!(web.get(&site.url("/a"), 100).unwrap(), b"here");
    assert_eq!(web.get(&other.url("/a"), 100), Err(FetchError::NotListed), "another port is another host");
    assert_eq!(web.get("http://8.8.8.8/a", 100), Err(FetchError::NotListed));
    assert_eq!(web.get("http://127.0.0.1/a", 100), Err(FetchError::NotListed));
    assert!(other.asked().is_empty());
    for bad in ["", "http://a/", "a b", "user@host", "host:", "host:port", "host:70000", "host/path", "host?x"] {
        assert!(bad.parse::<fumikura::fetch::online::Host>().is_err(), "{bad}");
    }
    for good in ["crl.example.jp", "CRL.example.jp:8080", "[2001:db8::1]:80", "127.0.0.1"] {
        assert!(good.parse::<fumikura::fetch::online::Host>().is_ok(), "{good}");
    }
}

#[test]
fn every_redirect_is_looked_at_again() {
    let (site, other) = (Site::start(), Site::start());
    other.put("/a", Page::Bytes(b"inside".to_vec()));
    site.put("/a", Page::Bytes(b"moved".to_vec()));
    site.put("/whole", Page::Redirect(301, site.url("/a")));
    site.put("/path", Page::Redirect(302, "/a".to_owned()));
    site.put("/deep/relative", Page::Redirect(307, "beside".to_owned()));
    site.put("/deep/beside", Page::Bytes(b"moved".to_vec()));
    site.put("/host", Page::Redirect(308, format!("//{}/a", site.address)));
    site.put("/out", Page::Redirect(302, other.url("/a")));
    site.put("/file", Page::Redirect(302, "file:///etc/passwd".to_owned()));
    site.put("/user", Page::Redirect(302, format!("http://u@{}/a", site.address)));
    site.put("/loop", Page::Redirect(302, "/loop".to_owned()));
    let mut web = site_alone(&site);
    for path in ["/whole", "/path", "/host", "/deep/relative"] {
        assert_eq!(web.get(&site.url(path), 100).unwrap(), b"moved", "{path}");
    }
    assert_eq!(web.get(&site.url("/out"), 100), Err(FetchError::NotListed));
    assert_eq!(web.get(&site.url("/file"), 100), Err(FetchError::Scheme));
    assert_eq!(web.get(&site.url("/user"), 100), Err(FetchError::BadUrl));
    assert!(other.asked().is_empty(), "nobody followed");
    site.asked();
    assert_eq!(web.get(&site.url("/loop"), 100), Err(FetchError::Redirects));
    assert_eq!(site.asked().len(), 4, "a few hops and no more");
    // A question is not turned into another one.
    assert_eq!(web.post(&site.url("/path"), "a/b", b"?", 100), Err(FetchError::Redirects));
    assert_eq!(web.post(&site.url("/host"), "a/b", b"?", 100).unwrap(), b"moved");
}

#[test]
fn size_and_time_are_bounded() {
    let site = Site::start();
    site.put("/huge", Page::Huge);
    site.put("/drip", Page::Drip);
    site.put("/cut", Page::Cut);
    site.put("/gone", Page::Status(410));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![0; 4 << 20]).unwrap();
    site.put("/packed", Page::Packed(packed.finish().unwrap()));
    let mut web = site_alone(&site);
    assert_eq!(web.get(&site.url("/huge"), 1 << 20), Err(FetchError::TooLarge));
    assert_eq!(web.get(&site.url("/packed"), 1 << 20), Err(FetchError::TooLarge), "as large as it unpacks");
    let begun = Instant::now();
    assert_eq!(web.get(&site.url("/drip"), 1 << 20), Err(FetchError::TooSlow));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(web.get(&site.url("/cut"), 1 << 20), Err(FetchError::BrokenOff));
    assert_eq!(web.get(&site.url("/gone"), 1 << 20), Err(FetchError::Status(410)));
}

#[test]
fn a_run_has_bounds_of_its_own() {
    let site = Site::start();
    site.put("/a", Page::Bytes(vec![0; 600]));
    site.put("/drip", Page::Drip);
    let reach = || listed(&[&site.address.to_string()]);
    let mut web = Web::new(reach(), Bounds { requests: 2, ..Bounds::default() });
    let get = |web: &mut Web, path: &str| web.get(&site.url(path), 1000).map(|bytes| bytes.len());
    assert_eq!([0; 3].map(|_| get(&mut web, "/a")), [Ok(600), Ok(600), Err(FetchError::Spent)]);
    let mut web = Web::new(reach(), Bounds { run_bytes: 1000, ..Bounds::default() });
    assert_eq!([0; 2].map(|_| get(&mut web, "/a")), [Ok(600), Err(FetchError::Spent)]);
    let mut web = Web::new(reach(), Bounds { run: Duration::from_millis(500), ..Bounds::default() });
    assert_eq!(get(&mut web, "/drip"), Err(FetchError::TooSlow));
    assert_eq!(get(&mut web, "/a"), Err(FetchError::Spent));
}
