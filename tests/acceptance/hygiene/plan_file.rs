//! Inside of a saved plan, which is a zip archive.

use miniz_oxide::inflate::decompress_to_vec;

/// The files in it, by name: the plan, the state before and after the refresh, the configuration.
pub(super) fn files(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let end =
        archive.windows(4).rposition(|bytes| bytes == b"PK\x05\x06").unwrap_or_else(|| panic!("not a zip archive"));
    let mut entry = number(archive, end + 16, 4);
    let mut files = Vec::new();
    for _ in 0..number(archive, end + 10, 2) {
        assert_eq!(&archive[entry..entry + 4], b"PK\x01\x02");
        let [method, size, name, extra, comment, header] = [(10, 2), (20, 4), (28, 2), (30, 2), (32, 2), (42, 4)]
            .map(|(at, bytes)| number(archive, entry + at, bytes));
        let data = header + 30 + number(archive, header + 26, 2) + number(archive, header + 28, 2);
        let data = &archive[data..data + size];
        let content = match method {
            0 => data.to_vec(),
            8 => decompress_to_vec(data).unwrap(),
            other => panic!("compressed with method {other}"),
        };
        files.push((String::from_utf8_lossy(&archive[entry + 46..entry + 46 + name]).into_owned(), content));
        entry += 46 + name + extra + comment;
    }
    files
}

/// Little-endian, as all of them are.
fn number(archive: &[u8], at: usize, bytes: usize) -> usize {
    archive[at..at + bytes].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}
