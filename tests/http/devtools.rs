//! A browser that does as it is told: Chromium over its developer tools' pipe, with a record of everything it sends.

use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take; the machines that test are busy.
const PATIENCE: Duration = Duration::from_secs(180);

/// The browser with one page.
pub struct Chromium {
    program: Child,
    to: File,
    from: BufReader<File>,
    last: u64,
    page: String,
    worker: String,
    /// Whether workers wait until they are let go.
    pub hold_workers: bool,
    /// The requests of the page and its workers as the browser tells them: address and body.
    pub requests: Vec<(String, String)>,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Chromium {
    /// Starts a browser whose profile and downloads lie in a folder.
    pub fn start(folder: &Path) -> Self {
        let (orders, answers) = (folder.join("orders"), folder.join("answers"));
        assert!(Command::new("mkfifo").args([&orders, &answers]).status().unwrap().success());
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let program = Command::new("sh")
            .args(["-c", "exec chromium \"$@\" 3<\"$ORDERS\" 4>\"$ANSWERS\"", "sh", "--headless", "--no-sandbox"])
            .args(["--remote-debugging-pipe", "--disable-gpu", "--disable-quic", "--no-first-run", &profile])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "about:blank"])
            .env("ORDERS", &orders)
            .env("ANSWERS", &answers)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromium starts");
        let to = OpenOptions::new().write(true).open(orders).unwrap();
        let from = BufReader::new(File::open(answers).unwrap());
        let (page, worker, requests) = (String::new(), String::new(), Vec::new());
        let mut browser = Self { program, to, from, last: 0, page, worker, hold_workers: false, requests };
        let target = browser.order("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.order("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        browser.page = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Network", "DOM", "Runtime"] {
            browser.order(&format!("{domain}.enable"), json!({}));
        }
        let workers = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        browser.order("Target.setAutoAttach", workers);
        let downloads = json!({ "behavior": "allow", "downloadPath": folder.display().to_string() });
        browser.order("Page.setDownloadBehavior", downloads);
        browser.order("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        browser
    }

    /// Opens a page and waits until it is there.
    pub fn open(&mut self, address: &str) {
        self.order("Page.navigate", json!({ "url": address }));
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// Returns what an expression comes to in the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let page = self.page.clone();
        value_of(expression, &self.answer_to(&page, "Runtime.evaluate", &evaluation(expression)))
    }

    /// Returns what an expression comes to in the worker that was started last.
    pub fn value_in_worker(&mut self, expression: &str) -> Value {
        let since = Instant::now();
        while self.worker.is_empty() {
            assert!(since.elapsed() < PATIENCE, "a worker starts");
            self.value("1");
        }
        let worker = self.worker.clone();
        value_of(expression, &self.answer_to(&worker, "Runtime.evaluate", &evaluation(expression)))
    }

    /// Returns an element's text as it is seen.
    pub fn text(&mut self, selector: &str) -> String {
        let text = self.value(&format!("document.querySelector({selector:?}).innerText"));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true, also over a page that is just going.
    pub fn until(&mut self, expression: &str) {
        let (since, page) = (Instant::now(), self.page.clone());
        while self.answer_to(&page, "Runtime.evaluate", &evaluation(expression))["result"]["result"]["value"] != true {
            let seen = self.answer_to(&page, "Runtime.evaluate", &evaluation("document.body.innerText"));
            assert!(since.elapsed() < PATIENCE, "{expression} never came true: {seen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Chooses a file as a person does.
    pub fn choose(&mut self, selector: &str, file: &Path) {
        let found =
            self.order("Runtime.evaluate", json!({ "expression": format!("document.querySelector({selector:?})") }));
        let object = found["result"]["objectId"].clone();
        self.order("DOM.setFileInputFiles", json!({ "files": [file.display().to_string()], "objectId": object }));
    }

    /// Presses the space bar on what an element is.
    pub fn press(&mut self, selector: &str) {
        let root = self.order("DOM.getDocument", json!({}))["root"]["nodeId"].clone();
        let node = self.order("DOM.querySelector", json!({ "nodeId": root, "selector": selector }))["nodeId"].clone();
        self.order("DOM.focus", json!({ "nodeId": node }));
        for kind in ["keyDown", "keyUp"] {
            let key = json!({ "type": kind, "key": " ", "code": "Space", "text": " ", "windowsVirtualKeyCode": 32 });
            self.order("Input.dispatchKeyEvent", key);
        }
    }

    /// Lets no page run scripts, or lets them again.
    pub fn forbid_scripts(&mut self, forbidden: bool) {
        self.order("Emulation.setScriptExecutionDisabled", json!({ "value": forbidden }));
    }

    /// Makes the window as wide as that.
    pub fn resize(&mut self, width: u32) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.order("Emulation.setDeviceMetricsOverride", size);
    }

    /// Draws the whole page at a width and returns it as PNG.
    pub fn picture(&mut self, width: u32) -> Vec<u8> {
        self.resize(width);
        let drawn = self.order("Page.captureScreenshot", json!({ "captureBeyondViewport": true, "format": "png" }));
        let pem = format!("-----BEGIN PNG-----\n{}\n-----END PNG-----\n", drawn["data"].as_str().unwrap());
        fumikura::asn1::pem_blocks(pem.as_bytes()).unwrap()[0].der.to_vec()
    }

    /// Gives the browser an order for its page.
    pub fn order(&mut self, method: &str, parameters: Value) -> Value {
        let page = self.page.clone();
        let answer = self.answer_to(&page, method, &parameters);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    fn answer_to(&mut self, session: &str, method: &str, parameters: &Value) -> Value {
        let number = self.send(session, method, parameters);
        loop {
            let message = self.read();
            if message["id"] == json!(number) {
                return message;
            }
            self.note(&message);
        }
    }

    fn send(&mut self, session: &str, method: &str, parameters: &Value) -> u64 {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if !session.is_empty() {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser takes orders");
        self.last
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.from.read_until(0, &mut message).expect("the browser answers");
        message.pop();
        serde_json::from_slice(&message).expect("the browser lives")
    }

    fn note(&mut self, message: &Value) {
        let parameters = &message["params"];
        match message["method"].as_str() {
            Some("Target.attachedToTarget") => {
                let session = parameters["sessionId"].as_str().unwrap_or_default().to_owned();
                self.send(&session, "Network.enable", &json!({}));
                self.worker.clone_from(&session);
                if !self.hold_workers {
                    self.send(&session, "Runtime.runIfWaitingForDebugger", &json!({}));
                }
            }
            Some("Network.requestWillBeSent") => {
                let request = &parameters["request"];
                let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
                self.requests.push((text("url"), text("postData")));
            }
            _ => {}
        }
    }
}

fn evaluation(expression: &str) -> Value {
    json!({ "expression": expression, "returnByValue": true, "awaitPromise": true })
}

fn value_of(expression: &str, answer: &Value) -> Value {
    let result = &answer["result"];
    assert!(answer["error"].is_null() && result["exceptionDetails"].is_null(), "{expression}: {answer}");
    result["result"]["value"].clone()
}
