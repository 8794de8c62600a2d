//! The service over a real socket: requests are answered, and an end lets them finish.

use super::city::{self, PASSWORD};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

#[tokio::test]
async fn a_person_signs_in_over_a_real_socket_and_the_service_ends_in_order() {
    let city = city::with_people().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let router = city.router.clone();
    let service = tokio::spawn(async move {
        fumikura::http::serve(listener, router, async move { drop(stopped.await) }).await;
    });

    assert!(ask(address, "GET /healthz HTTP/1.1\r\n", "").await.ends_with("ok\n"));
    let page = ask(address, "GET /sign-in HTTP/1.1\r\n", "").await;
    let cookie = between(&page, "set-cookie: ", ";");
    let token = between(&page, "name=\"token\" value=\"", "\"");
    let form = format!("token={token}&login=sato&password={}&next=%2Fdesk", PASSWORD.replace(' ', "+"));
    let head = format!(
        "POST /sign-in HTTP/1.1\r\ncookie: {cookie}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
        form.len()
    );
    let entered = ask(address, &head, &form).await;
    assert!(entered.starts_with("HTTP/1.1 303") && entered.contains("location: /desk"), "{entered}");
    let cookie = between(&entered, "set-cookie: ", ";");
    let desk = ask(address, &format!("GET /desk HTTP/1.1\r\ncookie: {cookie}\r\n"), "").await;
    assert!(desk.starts_with("HTTP/1.1 200") && desk.contains("佐藤　花子"), "{desk}");

    stop.send(()).expect("the service listens for its end");
    service.await.expect("the service ends without a panic");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_service_ends_however_many_keep_coming() {
    let city = city::empty().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let router = city.router.clone();
    let service = tokio::spawn(async move {
        fumikura::http::serve(listener, router, async move { drop(stopped.await) }).await;
    });
    let callers = tokio::spawn(async move {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(()).expect("the service listens for its end");
    // Without an end of its own it would be served as long as somebody comes.
    tokio::time::timeout(Duration::from_secs(60), service).await.expect("an end").expect("in order");
    callers.await.expect("nobody listens any more");
}

async fn ask(address: SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the service listens");
    let request = format!("{head}host: {address}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.expect("the request is taken");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the answer is whole");
    String::from_utf8_lossy(&answer).into_owned()
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before:?} is missing in:\n{text}"));
    rest.split(after).next().unwrap_or_default().to_owned()
}
