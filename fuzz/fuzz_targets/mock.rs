#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| zt_fuzz::mock::run(data));
