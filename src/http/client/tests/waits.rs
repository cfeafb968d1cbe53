//! Waits: for a turn, for the rate limit, for the next attempt; how they end, and who is told.

use super::*;
use crate::http::bucket::Reason;

fn spaced(spacing: Duration) -> Settings {
    Settings { spacing, ..Stage::settings() }
}

#[tokio::test]
async fn whatever_a_client_and_its_clones_send_keeps_its_distance() {
    const SPACING: Duration = Duration::from_millis(30);
    let stage = Stage::new([Play::text(503, ""), fine(), fine(), fine()]).await;
    let client = client_with(stage.url.clone(), spaced(SPACING));
    let clones = [(); 3].map(|()| client.with_caller(Caller::default()));
    let began = Instant::now();
    // Three at the same time, and one of them twice.
    let [a, b, c] = clones.each_ref().map(|clone| clone.send(Request::put(["x"])));
    let (a, b, c) = tokio::join!(a, b, c);
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert!(began.elapsed() >= 3 * SPACING, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_turn_is_not_waited_for_once_we_are_stopped() {
    // Were the wait not cut short, this test would take half an hour.
    let long = spaced(Duration::from_secs(1000));
    for request in [Request::get(["x"]), Request::post(["x"])] {
        let stage = Stage::new([fine()]).await;
        let stop = CancellationToken::new();
        let client = client_with(stage.url.clone(), long.clone()).with_caller(stopped_by(&stop));
        client.send(Request::get(["first"])).await.unwrap();
        let (outcome, ()) = tokio::join!(client.send(request), async { stop.cancel() });
        assert!(outcome.unwrap_err().is_stopped());
        assert_eq!(stage.lines(), ["GET /first"], "nothing has left");
    }
}

#[tokio::test]
async fn a_write_that_was_refused_and_never_got_another_turn_says_why() {
    let stage = Stage::new([Play::text(429, "").header("retry-after", "0")]).await;
    let stop = CancellationToken::new();
    let client = client_with(stage.url.clone(), spaced(Duration::from_secs(1000))).with_caller(stopped_by(&stop));
    let (outcome, ()) = tokio::join!(client.send(Request::post(["x"])), async {
        stage.arrived.notified().await;
        stop.cancel();
    });
    let error = outcome.unwrap_err();
    assert!(error.is_stopped() && !error.is_maybe_done(), "{error:?}");
    assert!(error.to_string().contains("stopped on request, after \"POST"), "{error}");
    assert!(error.to_string().contains("rate limit reached, 1 attempts made"), "{error}");
}

/// An answer that says how many requests are left in a window that ends in a minute.
fn with_left(left: u64) -> Play {
    let reset = (SystemTime::now() + Duration::from_secs(60)).duration_since(SystemTime::UNIX_EPOCH).unwrap();
    fine()
        .header("x-rate-limit-limit", "50")
        .header("x-rate-limit-remaining", &left.to_string())
        .header("x-rate-limit-reset", &reset.as_secs().to_string())
}

fn hurried(time: Duration) -> Caller {
    Caller { deadline: Some(Instant::now() + time), ..Caller::default() }
}

#[tokio::test]
async fn the_first_request_under_a_limit_goes_alone() {
    let gate = Arc::new(Notify::new());
    let stage = Stage::new([with_left(49).after(&gate), with_left(48), with_left(47)]).await;
    let client = client(&stage);
    let send = || client.send(Request::get(["x"]));
    let (a, b, c, ()) = tokio::join!(send(), send(), send(), async {
        stage.arrived.notified().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(stage.lines().len(), 1);
        gate.notify_one();
    });
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
}

#[tokio::test]
async fn a_window_that_is_used_up_is_not_run_into_and_another_limit_is_free() {
    let stage = Stage::new([with_left(0), with_left(9), with_left(0)]).await;
    let client = client(&stage);
    client.send(Request::get(["x"])).await.unwrap();
    // A clone knows as well. Stage::settings has no patience for a minute.
    let error = client.with_caller(Caller::default()).send(Request::get(["x"])).await.unwrap_err();
    let Error::RateLimited { attempts: 0, retry_after: Some(wait), .. } = &error else { panic!("{error:?}") };
    assert!((30..=61).contains(&wait.as_secs()), "{wait:?}");
    assert!(error.to_string().contains("not sent: earlier requests have used it up"), "{error}");
    client.send(Request::get(["y"])).await.unwrap();
    assert_eq!(stage.lines(), ["GET /x", "GET /y"]);
    client.send(Request::get(["z"])).await.unwrap();
}

#[tokio::test]
async fn one_that_is_refused_holds_back_the_others_under_its_limit() {
    let stage = Stage::new([Play::text(429, "").header("retry-after", "1"), fine(), fine()]).await;
    let client = client(&stage);
    let began = Instant::now();
    let (a, b) = tokio::join!(client.send(Request::get(["x"])), async {
        stage.arrived.notified().await;
        client.send(Request::get(["x"])).await
    });
    assert!(a.is_ok() && b.is_ok());
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(stage.lines().len(), 3, "the second one was not sent into the block");
}

#[tokio::test]
async fn a_wait_that_outlasts_the_operation_is_not_begun() {
    let settings = Settings { max_wait: Duration::from_secs(1000), ..Stage::settings() };
    let limited = Play::text(429, "").header("retry-after", "500");
    let stage = Stage::new([limited, with_left(0)]).await;
    let client = client_with(stage.url.clone(), settings);
    let send = async |path: &str| {
        let client = client.with_caller(hurried(Duration::from_secs(20)));
        client.send(Request::put([path])).await.unwrap_err().to_string()
    };
    let refused = send("x").await;
    assert!(refused.contains("not sent again after \"PUT http"), "{refused}");
    assert!(refused.contains("s for the rate limit of 127.0.0.1/x, and the operation has "), "{refused}");
    // The same limit, for another request and later.
    let held = send("x").await;
    assert!(held.contains(": not sent: it would have to wait"), "{held}");
    client.send(Request::get(["y"])).await.unwrap();
    let used_up = send("y").await;
    assert!(used_up.contains("for the rate limit of 127.0.0.1/y"), "{used_up}");
    assert_eq!(stage.lines().len(), 2);
}

#[tokio::test]
async fn a_pause_between_two_looks_is_not_begun_either() {
    // Were it begun, it would go on until the 20 s are over, and the error would say so.
    let long = Duration::from_secs(1000);
    let client = client_with("https://api.example.com".parse().unwrap(), Settings::default());
    let hurried = client.with_caller(hurried(Duration::from_secs(20)));
    let error = hurried.pause(long, "it to show", "a look for it").await.unwrap_err();
    assert!(
        error.to_string().starts_with("a look for it: not sent: it would have to wait 1000 s for it to show"),
        "{error}"
    );
    hurried.pause(Duration::ZERO, "it to show", "a look for it").await.unwrap();
}

#[tokio::test]
async fn a_write_in_doubt_stays_in_doubt_when_there_is_no_time_left() {
    let settings = Settings { min_wait: Duration::from_secs(100), ..Stage::settings() };
    let stage = Stage::new([Play::text(503, "")]).await;
    let client = client_with(stage.url.clone(), Settings { max_wait: settings.min_wait, ..settings });
    let error = client.with_caller(hurried(Duration::from_secs(9))).send(Request::put(["x"])).await.unwrap_err();
    assert!(matches!(error, Error::OutOfTime { .. }) && error.is_maybe_done() && error.is_no_answer(), "{error:?}");
    assert!(error.to_string().contains("another attempt after 503 Service Unavailable"), "{error}");
}

/// Remembers what it is told.
#[derive(Default)]
struct Ears(Mutex<Vec<String>>);

impl crate::http::Listener for Ears {
    fn waits(&self, what_for: &str, time: Option<Duration>) {
        let time = time.map_or_else(|| "?".to_owned(), |time| time.as_secs().to_string());
        self.0.lock().unwrap().push(format!("{what_for} {time}"));
    }

    fn waited(&self, what_for: &str, _: Duration) {
        self.0.lock().unwrap().push(format!("over: {what_for}"));
    }
}

#[tokio::test]
async fn a_long_wait_is_told_and_a_short_one_is_not() {
    let settings = Settings { max_wait: Duration::from_secs(1000), ..Stage::settings() };
    let limited = |seconds: &str| Play::text(429, "").header("retry-after", seconds);
    let stage = Stage::new([limited("0"), limited("500")]).await;
    let (ears, stop) = (Arc::new(Ears::default()), CancellationToken::new());
    let caller = Caller { stop: stop.clone(), deadline: None, listener: Some(Arc::clone(&ears) as _) };
    let client = client_with(stage.url.clone(), settings).with_caller(caller);
    let (outcome, ()) = tokio::join!(client.send(Request::get(["x"])), async {
        stage.arrived.notified().await;
        stage.arrived.notified().await;
        while ears.0.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
    });
    assert!(outcome.unwrap_err().is_stopped());
    let told = ears.0.lock().unwrap().clone();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("the rate limit of 127.0.0.1/x 50"), "{told:?}");
    assert_eq!(told[1], "over: the rate limit of 127.0.0.1/x");
}

#[tokio::test]
async fn what_the_headers_say_counts_before_the_body_is_there() {
    let gate = Arc::new(Notify::new());
    let stage = Stage::new([with_left(0).body_after(&gate)]).await;
    let client = client(&stage);
    let bucket = client.shared.turns.of("/x".to_owned());
    let look = async {
        stage.arrived.notified().await;
        while !matches!(bucket.stand_in_line().ask(Instant::now()), Err((_, Reason::Window))) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        gate.notify_one();
        Instant::now()
    };
    let both = async { tokio::join!(client.send(Request::get(["x"])), look) };
    let (answer, known) = tokio::time::timeout(Duration::from_secs(60), both).await.expect("the window is known");
    // Whatever the body takes does not move the moment of the answer.
    assert!(answer.unwrap().heard().unwrap().at <= known);
}

/// What a request, and another one under the same limit after it, are told by a client that has 20 s. Waits are in seconds
/// at most, and in milliseconds at least.
async fn told(max_wait: u64, script: impl IntoIterator<Item = Play>, min_wait: u64) -> [Error; 2] {
    let stage = Stage::new(script).await;
    let settings = Settings {
        min_wait: Duration::from_millis(min_wait),
        max_wait: Duration::from_secs(max_wait),
        ..Stage::settings()
    };
    let client = client_with(stage.url.clone(), settings).with_caller(hurried(Duration::from_secs(20)));
    [client.send(Request::get(["x"])).await.unwrap_err(), client.send(Request::get(["x"])).await.unwrap_err()]
}

#[tokio::test]
async fn a_service_that_says_at_once_is_given_the_back_off() {
    let past = "Thu, 01 Jan 1970 00:00:00 GMT";
    for retry_after in ["0", past] {
        let limited = Play::text(429, "").header("retry-after", retry_after);
        for error in told(1000, [limited], 100_000).await {
            let Error::OutOfTime { wait: Some(wait), .. } = &error else { panic!("{error:?}") };
            assert!(wait.as_secs() >= 30, "{error}");
        }
    }
}

#[tokio::test]
async fn a_refusal_that_does_not_say_for_how_long_is_a_block_when_it_comes_again() {
    let html = || Play::text(429, "<html>");
    for error in told(310, [html(), html()], 1).await {
        let Error::OutOfTime { wait: Some(wait), what_for, .. } = &error else { panic!("{error:?}") };
        assert!((280..=302).contains(&wait.as_secs()), "{error}");
        assert_eq!(what_for, "the rate limit of 127.0.0.1/x");
    }
    // Whoever has less patience asks again after it.
    for error in told(100, [html(), html()], 1).await {
        let Error::OutOfTime { wait: Some(wait), .. } = &error else { panic!("{error:?}") };
        assert!((80..=100).contains(&wait.as_secs()), "{error}");
    }
    // One that says how long it takes is another matter, and so is another failure.
    for between in [Play::text(429, "").header("retry-after", "0"), Play::text(502, "")] {
        let stage = Stage::new([html(), between, html(), fine()]).await;
        let settings = Settings { max_wait: Duration::from_secs(310), ..Stage::settings() };
        let client = client_with(stage.url.clone(), settings).with_caller(hurried(Duration::from_secs(60)));
        client.send(Request::get(["x"])).await.unwrap();
    }
}

/// A caller who has no time at all, and who listens.
fn late(ears: &Arc<Ears>) -> Caller {
    let listener = Some(Arc::clone(ears) as _);
    Caller { deadline: Some(Instant::now()), listener, ..Caller::default() }
}

#[tokio::test]
async fn what_another_call_holds_is_waited_for_until_the_time_is_over() {
    let stage = Stage::new([]).await;
    let (lock, ears) = (Arc::new(tokio::sync::Mutex::new(())), Arc::new(Ears::default()));
    let held = Arc::clone(&lock).lock_owned().await;
    let client = client(&stage).with_caller(late(&ears));
    let wait = || client.wait_for(Arc::clone(&lock).lock_owned(), "another change of it", "a change of it");
    let error = wait().await.unwrap_err();
    assert!(error.is_of_the_caller(), "{error:?}");
    assert_eq!(
        error.to_string(),
        "a change of it: it waited for another change of it until the time of the operation was over"
    );
    drop(held);
    wait().await.expect("nobody else holds it now");
}

#[test]
fn a_wait_that_nobody_knows_the_end_of_is_told_once_it_is_long() {
    let ears = Arc::new(Ears::default());
    let caller = late(&ears);
    let mut waiting = caller.wait("another change", "a change");
    waiting.goes_on();
    waiting.goes_on();
    drop(waiting);
    assert_eq!(*ears.0.lock().unwrap(), ["another change ?", "over: another change"]);
}

#[tokio::test]
async fn nothing_is_sent_once_the_time_is_over() {
    let stage = Stage::new([]).await;
    let client = client(&stage).with_caller(late(&Arc::default()));
    for request in [Request::get(["x"]), Request::put(["x"])] {
        let error = client.send(request).await.unwrap_err();
        assert!(matches!(error, Error::OutOfTime { .. }) && !error.is_maybe_done(), "{error:?}");
    }
}

#[tokio::test]
async fn whoever_never_gets_a_turn_does_not_hear_of_an_answer() {
    let stage = Stage::new([]).await;
    let client = client(&stage);
    // Somebody else's request is on its way, and nobody knows the limit before it is answered.
    let bucket = client.shared.turns.of("/x".to_owned());
    let begun = bucket.stand_in_line().ask(Instant::now());
    let late = client.with_caller(late(&Arc::default()));
    let limit = || "the rate limit of it".to_owned();
    let Err(error) = late.stand_in_line(&bucket, limit, "POST x").await else { panic!("it is somebody else's turn") };
    assert_eq!(
        error.to_string(),
        "POST x: it waited for the rate limit of it until the time of the operation was over"
    );
    drop(begun);
}

#[tokio::test]
async fn a_read_does_not_outlast_the_operation() {
    // It takes the connection, and never says a word.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let deadline = Instant::now() + Duration::from_millis(200);
    let client = client_with(url, Stage::settings());
    let client = client.with_caller(Caller { deadline: Some(deadline), ..Caller::default() });
    let error = client.send(Request::get(["x"])).await.unwrap_err();
    assert!(matches!(error, Error::OutOfTime { .. }), "{error:?}");
    assert!(Instant::now() >= deadline);
}

#[tokio::test]
async fn another_service_of_the_vendor_takes_turns_and_shares_what_is_known_of_it() {
    let stage = Stage::new([fine(), with_left(0)]).await;
    let client = client_with(Url::parse("http://127.0.0.1:1/api").unwrap(), Stage::settings());
    let at = |path: &str| client.elsewhere(stage.url.join(path).unwrap());
    let send = async |client: Client| client.send(Request::get(["x"]).auth(Auth::bearer("t".into()))).await;
    send(at("a")).await.unwrap();
    send(at("b")).await.unwrap();
    // The next client for the same place knows that nothing is left.
    let error = send(at("b")).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { attempts: 0, .. }), "{error:?}");
    assert_eq!(stage.lines(), ["GET /a/x", "GET /b/x"]);

    let stage = Stage::new([fine()]).await;
    let client = client_with(Url::parse("http://127.0.0.1:1/api").unwrap(), spaced(Duration::from_secs(1000)));
    let client = client.with_caller(hurried(Duration::from_secs(60)));
    send(client.elsewhere(stage.url.clone())).await.unwrap();
    let error = client.send(Request::get(["x"])).await.unwrap_err();
    assert!(error.to_string().contains("a turn, because requests are limited"), "{error}");
}

#[tokio::test]
async fn a_block_is_assumed_of_the_service_itself_and_not_of_what_is_elsewhere() {
    let settings = Settings { max_wait: Duration::from_secs(200), ..Stage::settings() };
    let home = client_with("https://api.example.com".parse().unwrap(), settings);
    let elsewhere = home.elsewhere("https://team.example.com".parse().unwrap());
    let mut course = Course::default();
    (course.attempts, course.unexplained) = (2, 2);
    assert_eq!(home.pause_after(None, &course), Duration::from_secs(200));
    assert!(elsewhere.pause_after(None, &course) < Duration::from_secs(200));
}
