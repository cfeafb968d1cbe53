//! A Chromium without a window, driven through chromedriver (<https://www.w3.org/TR/webdriver2/>).

use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::pin::Pin;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// What a test does in the browser.
pub(crate) type Test = fn(Page) -> Pin<Box<dyn Future<Output = Page>>>;

/// Where screenshots go: a person may want to look at the pages too.
const SCREENSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/browser");

/// How long a page may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running chromedriver. Dropping it ends it and its browsers.
pub(crate) struct Chromium {
    driver: Child,
    /// Held open, because chromedriver goes on talking and would end when nobody can hear it.
    _said: BufReader<ChildStdout>,
    url: String,
}

impl Chromium {
    /// Starts chromedriver on a free port; none if it or Chromium is not installed.
    pub(crate) fn start() -> Option<Self> {
        installed("chromium")?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut said = BufReader::new(driver.stdout.take().unwrap());
        // "ChromeDriver was started successfully on port 37683."
        let port = said.by_ref().lines().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.unwrap_or_else(|| panic!("chromedriver ended without saying its port"));
        Some(Self { driver, _said: said, url: format!("http://127.0.0.1:{port}") })
    }

    /// Where the driver listens.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

fn installed(program: &str) -> Option<()> {
    let found = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    found.status.success().then_some(())
}

/// Runs a test in a browser of its own, and closes the browser whatever comes of it.
pub(crate) fn run(driver: &str, name: &str, test: Test) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let profile = tempfile::tempdir().unwrap();
    runtime.block_on(async {
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(profile.path()))
            .connect(driver)
            .await
            .unwrap_or_else(|error| panic!("cannot open a browser: {error}"));
        let page = Page { client: client.clone(), name: name.replace(' ', "-") };
        // A task of its own, so that the browser is closed after a panic too.
        let task = async { tokio::task::spawn_local(test(page)).await };
        let outcome = tokio::task::LocalSet::new().run_until(task).await;
        if let Ok(page) = &outcome {
            page.screenshot("end").await;
        }
        client.close().await.unwrap();
        if let Err(panicked) = outcome {
            std::panic::resume_unwind(panicked.into_panic());
        }
    });
}

/// No window, no sandbox (tests may run as root), nothing that calls home, a profile of its own.
fn capabilities(profile: &Path) -> fantoccini::wd::Capabilities {
    let options = json!({"args": [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
        "--no-proxy-server", "--window-size=1200,1600", format!("--user-data-dir={}", profile.display()),
    ]});
    [("browserName".to_owned(), json!("chrome")), ("goog:chromeOptions".to_owned(), options)].into_iter().collect()
}

/// The one window of a test's browser.
pub(crate) struct Page {
    client: Client,
    name: String,
}

impl Page {
    /// Opens an address.
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Types into the field with this name, in place of what is there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("[name={name}]")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Clicks a button or link that reads so, and waits for the page it leads to.
    pub(crate) async fn click(&self, label: &str) {
        let xpath = format!("//*[self::a or self::button][normalize-space()='{label}']");
        let wanted = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&xpath)).await;
        let wanted = wanted.unwrap_or_else(|error| panic!("nothing to click reads {label:?}: {error}"));
        let left = self.find("html").await;
        wanted.click().await.unwrap();
        // The driver answers before the next page is there. Nothing can be asked of an element of a page that is gone.
        let gone = async {
            while left.tag_name().await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let gone = tokio::time::timeout(PATIENCE, gone).await;
        gone.unwrap_or_else(|_| panic!("{label:?} leads nowhere: {}", self.name));
    }

    /// Waits for the page with this heading.
    pub(crate) async fn expect_heading(&self, heading: &str) {
        let xpath = format!("//h1[normalize-space()='{heading}']");
        if let Err(error) = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&xpath)).await {
            panic!("no page with the heading {heading:?} ({error}), but: {}", self.text().await);
        }
    }

    /// What the element that a CSS selector finds reads.
    pub(crate) async fn read(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// Everything that can be read on the page.
    pub(crate) async fn text(&self) -> String {
        self.find("body").await.text().await.unwrap()
    }

    /// What the page loaded beside itself, which should be nothing.
    pub(crate) async fn loaded(&self) -> Vec<String> {
        let script = "return performance.getEntriesByType('resource').map(entry => entry.name)";
        let names = self.client.execute(script, Vec::new()).await.unwrap();
        let names = names.as_array().unwrap().iter().filter_map(|name| name.as_str().map(str::to_owned));
        // Browsers ask for it by themselves.
        names.filter(|name| !name.ends_with("/favicon.ico")).collect()
    }

    /// Keeps what the page looks like now.
    pub(crate) async fn screenshot(&self, moment: &str) {
        fs::create_dir_all(SCREENSHOTS).unwrap();
        let picture = self.client.screenshot().await.unwrap();
        fs::write(Path::new(SCREENSHOTS).join(format!("{}-{moment}.png", self.name)), picture).unwrap();
    }

    async fn find(&self, css: &str) -> fantoccini::elements::Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("no {css} on the page: {error}"))
    }
}
