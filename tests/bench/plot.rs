//! Time against n, as SVG, both axes logarithmic.

use std::fmt::Write;

/// A line of the plot.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) colour: &'static str,
    pub(crate) dashed: bool,
    /// n, and milliseconds.
    pub(crate) points: Vec<(usize, f64)>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 240.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 50.0;
/// Milliseconds at the bottom and at the top.
const RANGE: (f64, f64) = (10.0, 100_000.0);
/// The largest n.
const MOST: f64 = 1000.0;

/// Draws the lines under a heading.
pub(crate) fn svg(heading: &str, lines: &[Line]) -> String {
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\" role=\"img\" aria-label=\"{heading}\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"18\" font-size=\"14\" fill=\"#222222\">{heading}</text>\n"
    );
    let lines_of_the_grid =
        [(10.0, "10 ms"), (100.0, "0.1 s"), (1000.0, "1 s"), (10_000.0, "10 s"), (100_000.0, "100 s")];
    for (milliseconds, label) in lines_of_the_grid {
        let y = y(milliseconds);
        writeln!(
            text,
            "<path d=\"M{LEFT} {y:.1}H{:.1}\" stroke=\"#dddddd\"/><text x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"end\" fill=\"#555555\">{label}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            y + 4.0
        )
        .unwrap();
    }
    for n in [1, 10, 100, 1000] {
        let (x, y) = (x(n), HEIGHT - BOTTOM + 18.0);
        writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" fill=\"#555555\">{n}</text>").unwrap();
    }
    let (middle, bottom) = (f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - 10.0);
    writeln!(text, "<text x=\"{middle}\" y=\"{bottom}\" text-anchor=\"middle\" fill=\"#555555\">resources</text>")
        .unwrap();
    for (index, line) in lines.iter().enumerate() {
        draw(&mut text, index, line);
    }
    text + "</svg>\n"
}

fn draw(text: &mut String, index: usize, line: &Line) {
    let Line { name, colour, dashed, points } = line;
    let at: Vec<String> = points.iter().map(|(n, time)| format!("{:.1},{:.1}", x(*n), y(*time))).collect();
    let dashes = if *dashed { " stroke-dasharray=\"5 4\"" } else { "" };
    writeln!(
        text,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>",
        at.join(" ")
    )
    .unwrap();
    for (n, time) in points {
        writeln!(text, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>", x(*n), y(*time)).unwrap();
    }
    let (from, y) = (WIDTH - RIGHT + 16.0, TOP + 14.0 + 20.0 * index as f64);
    writeln!(
        text,
        "<path d=\"M{from} {y}h24\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/><text x=\"{}\" y=\"{}\" \
         fill=\"#222222\">{name}</text>",
        from + 32.0,
        y + 4.0
    )
    .unwrap();
}

fn x(n: usize) -> f64 {
    LEFT + (WIDTH - RIGHT - LEFT) * (n as f64).log10() / MOST.log10()
}

fn y(milliseconds: f64) -> f64 {
    let share = (milliseconds.clamp(RANGE.0, RANGE.1) / RANGE.0).log10() / (RANGE.1 / RANGE.0).log10();
    HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share
}
