use std::io::Cursor;
use std::time::{Duration, Instant};

use super::super::Svg;
use crate::{Codec, CodecError, Dimensions, Limits};

/// Without optimisation, which makes all of it ten times as slow.
const LONGEST: Duration = Duration::from_secs(10);
const RED: [u8; 3] = [255, 0, 0];
const LIME: [u8; 3] = [0, 255, 0];
const WHITE: [u8; 3] = [255; 3];

fn document(content: &str) -> String {
    let namespaces = "xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'";
    let paper = "<path d='M0 0H100V60H0Z' fill='white'/>";
    format!("<svg {namespaces} width='100' height='60' viewBox='0 0 100 60'>{paper}{content}</svg>")
}

fn svg() -> Svg {
    Svg::new(&crate::Fonts::default(), Limits::default())
}

/// The colour at a point of a drawing that is 100 wide and 60 high.
fn colour(content: &str, x: u32, y: u32) -> [u8; 3] {
    let picture = svg().decode(document(content).as_bytes(), Some(Dimensions::new(100, 60))).unwrap();
    let start = ((y * 100 + x) as usize) * picture.layout().channels();
    picture.pixels()[start..start + 3].try_into().unwrap()
}

/// What a drawing shows at each of these points, as it should be.
fn assert_colours(content: &str, points: &[(u32, u32, [u8; 3])]) {
    for (x, y, expected) in points {
        assert_eq!(colour(content, *x, *y), *expected, "{x},{y} of {content}");
    }
}

fn unread(content: &str) -> Option<&'static str> {
    svg().probe(&mut Cursor::new(document(content).into_bytes())).unwrap().drawing.unwrap().unread
}

#[test]
fn transforms_of_css_have_units() {
    let moved = |style: &str| format!("<rect x='10' y='5' width='10' height='10' fill='#f00' style='{style}'/>");
    let cases = [
        ("transform:translate(40px,20px)", 55, 30),
        ("transform:translate(40%, 50%)", 55, 40),
        ("transform:translateX(2em) translateY(1rem)", 47, 26),
        ("transform:scale(3)", 45, 30),
        ("transform:rotate(90deg);transform-origin:30px 20px", 40, 5),
        ("transform:rotate(0.5turn);transform-origin:center", 85, 50),
        ("transform:rotate(180deg);transform-origin:15px 20px", 15, 30),
        ("transform:matrix(1,0,0,1,30,30)", 45, 40),
        ("translate:40px 20px", 55, 30),
        ("translate:40px;scale:2;transform-origin:10px 5px", 65, 20),
        ("TRANSFORM : translate( calc(20px * 2) , 20px )", 55, 30),
        ("transform:translate(40px,20px) !important;transform:none", 55, 30),
        ("transform:translate(40px,20px);transform:translate(nonsense)", 55, 30),
        ("transform:translate(100%,100%);transform-box:fill-box", 25, 20),
        ("transform:scale(2);transform-box:fill-box;transform-origin:right bottom", 2, 0),
    ];
    for (style, x, y) in cases {
        assert_colours(&moved(style), &[(x, y, RED)]);
    }
    assert_colours(&moved("transform:translate(40,20)"), &[(15, 10, RED)]);
}

#[test]
fn a_transform_of_css_takes_the_place_of_the_attribute() {
    let with =
        |style: &str| format!("<rect transform='translate(20 0)' width='10' height='10' fill='#f00' style='{style}'/>");
    assert_colours(&with("transform:translateY(20px)"), &[(5, 25, RED), (25, 5, WHITE)]);
    assert_colours(&with("transform:none"), &[(5, 5, RED), (25, 5, WHITE)]);
    assert_colours(&with("transform:wrong(1px)"), &[(25, 5, RED)]);
    assert_colours(&with("rotate:180deg;transform-origin:30px 20px"), &[(35, 35, RED)]);
}

#[test]
fn a_box_is_that_of_the_shape_whatever_it_is() {
    let turned = "style='transform-box:fill-box;transform-origin:100% 100%;transform:rotate(180deg)'";
    let shapes = [
        "<rect x='10' y='5' width='20' height='10' ATTRIBUTES/>",
        "<path d='M10 5h20v10h-20z' ATTRIBUTES/>",
        "<polygon points='10,5 30,5 30,15 10,15' ATTRIBUTES/>",
        "<ellipse cx='20' cy='10' rx='10' ry='5' ATTRIBUTES/>",
        "<g ATTRIBUTES><rect x='10' y='5' width='5' height='10'/><path d='M0 0h15v10h-15z' transform='translate(15 5)'/></g>",
        "<g ATTRIBUTES><g style='transform:translate(10px,5px)'><path d='M0 0h20v10h-20z'/></g></g>",
        "<defs><path id='p' d='M0 0h20v10h-20z'/></defs><use xlink:href='#p' x='10' y='5' ATTRIBUTES/>",
    ];
    for shape in shapes {
        let shape = shape.replace("ATTRIBUTES", &format!("fill='#f00' {turned}"));
        assert_colours(&shape, &[(40, 20, RED), (20, 10, WHITE)]);
    }
    let round = "<g id='a'><use xlink:href='#a'/></g><rect style='transform-box:fill-box;transform:scale(2)'/>";
    let chained =
        (0..200).map(|n| format!("<g id='g{n}'><use xlink:href='#g{}' {turned}/></g>", n + 1)).collect::<String>();
    for content in [round, &chained] {
        let _ = svg().decode(document(content).as_bytes(), None);
    }
}

#[test]
fn the_geometry_of_shapes_may_be_in_css() {
    let cases = [
        "<rect width='5' height='5' fill='#f00' style='x:40px;y:20px;width:20px;height:20px'/>",
        "<rect fill='#f00' style='x:40%;y:calc(50% - 10px);width:20%;height:20px'/>",
        "<circle fill='#f00' style='cx:50px;cy:30px;r:10px'/>",
        "<ellipse fill='#f00' style='cx:50px;cy:30px;rx:10px;ry:5px'/>",
        "<path d='M0 0H5V5H0Z' fill='#f00' style='d:path(\"M40 20h20v20h-20z\")'/>",
        "<style>rect{x:40px;y:20px;width:20px;height:20px;fill:#f00}</style><rect width='9' height='9'/>",
        "<defs><path id='p' d='M0 0h20v20h-20z'/></defs><use xlink:href='#p' fill='#f00' style='x:40px;y:20px'/>",
    ];
    for content in cases {
        assert_colours(content, &[(50, 30, RED), (3, 3, WHITE)]);
    }
    assert_colours("<rect width='9' height='9' fill='#f00' style='width:50'/>", &[(5, 5, RED), (30, 5, WHITE)]);
    assert_colours("<rect width='9' height='9' fill='#f00' style='d:none;cx:5px'/>", &[(5, 5, RED)]);
}

/// What means the second rectangle, and what does not.
const MEANT: &[&str] = &[
    ".a:not(.b)",
    "rect:not(.b, .c)",
    ":is(.x, .a)",
    ":where(rect)",
    "g > .a",
    "path ~ g .a",
    "path + g rect",
    ".a:nth-child(2)",
    ":nth-child(even)",
    "rect:nth-last-child(1)",
    "rect:nth-of-type(2n)",
    ".a:last-child",
    "rect:last-of-type",
    "[class]",
    "[class~=a]",
    "[class^='a']",
    "[class$=a]",
    "[data-n*='ee']",
    "[data-n=SEED i]",
    "[data-n|=seed]",
    "svg|rect.a",
    "*|*.a",
    "#\\31 x",
    "#\\31x",
    ".a:not(:hover)",
    "g:nth-child(2) > :only-of-type:not(.b), .a",
    "g:first-of-type :not(:first-child)",
    ".a:empty",
    "G, .a",
    ":root .a",
    "rect:not(:root)",
    ".a:is(:bogus, rect)",
];
const OTHER: &[&str] = &[
    ".a:not(.a)",
    "g + .a",
    ".a:hover",
    ".a::before",
    "path > .a",
    ".a:first-child",
    ".a:nth-child(3)",
    "[class=b]",
    ".a:only-child",
    ".a:not(rect)",
    "[data-n=SEED]",
    ".a:link",
    "RECT",
    ".a:has(b)",
    ".a, :bogus",
    ".a[",
    "..a",
    ".a >",
    "",
];

#[test]
fn selectors_are_those_of_browsers() {
    let drawing = |selector: &str| {
        let shapes = "<g><rect class='b' width='9' height='9' fill='blue'/><rect id='1x' class='a' data-n='seed' x='40' y='20' width='20' height='20' fill='#0f0'/></g>";
        format!("<style>{} {{ fill: #f00 }}</style>{shapes}", selector.replace('>', "&gt;"))
    };
    // The style comes before the group: `path + g` means the path of the paper, and the sheet between them.
    for selector in MEANT {
        let content = drawing(selector);
        let content = if selector.contains('+') { content.replace("<g>", "<path/><g>") } else { content };
        let content = if selector.contains("g:nth-child") { content.replace("<g>", "<g/><g>") } else { content };
        assert_eq!(colour(&content, 50, 30), RED, "{selector}");
    }
    for selector in OTHER {
        assert_eq!(colour(&drawing(selector), 50, 30), LIME, "{selector}");
    }
}

#[test]
fn the_most_specific_rule_holds_and_then_the_last() {
    let rect = "<rect id='i' class='c d' width='100' height='60' fill='blue' STYLE/>";
    let of =
        |sheet: &str, style: &str| colour(&format!("<style>{sheet}</style>{}", rect.replace("STYLE", style)), 50, 30);
    assert_eq!(of(".c{fill:#0f0} .c{fill:#f00}", ""), RED);
    assert_eq!(of("#i{fill:#f00} .c.d{fill:#0f0} rect{fill:#00f}", ""), RED);
    assert_eq!(of(":where(#i){fill:#0f0} rect{fill:#f00}", ""), RED);
    assert_eq!(of(":is(#i,b){fill:#f00} .c.d{fill:#0f0}", ""), RED);
    assert_eq!(of(".c{fill:#0f0}", "style='fill:#f00'"), RED);
    assert_eq!(of(".c{fill:#f00!important}", "style='fill:#0f0'"), RED);
    assert_eq!(of(".c{fill:#f00!important}", "style='fill:#0f0;fill:blue'"), RED);
    assert_eq!(of(".c{fill:#f00} #i{fill:color(from red a b c)}", ""), RED);
    assert_eq!(of("*{fill:inherit} svg{fill:#f00}", ""), RED);
    assert_eq!(of("rect{fill:unset} svg{fill:#f00}", ""), RED);
    assert_eq!(of("@media print{rect{fill:#0f0}} @media screen{rect{fill:#f00}}", ""), RED);
    assert_eq!(of("rect{fill:#f00} @media (prefers-color-scheme: dark){rect{fill:#0f0}}", ""), RED);
    assert_eq!(of("@media (prefers-color-scheme:light){@supports (fill:red){rect{fill:#f00}}}", ""), RED);
    assert_eq!(of("@import url(a.css); @font-face{font-family:x;src:url(y)} rect{fill:#f00}", ""), RED);
    assert_eq!(of("/* rect{fill:#0f0} */ <![CDATA[ rect /* , b */ {fill:#f00} ]]> b{", ""), RED);
    let typed = "<style type='text/less'>rect{fill:#0f0}</style><style media='print'>rect{fill:#0f0}</style>";
    assert_colours(&format!("{typed}<rect width='9' height='9' fill='#f00'/>"), &[(5, 5, RED)]);
}

#[test]
fn variables_stand_for_what_ancestors_say() {
    let cases = [
        "<g style='--c:#f00'><rect width='100' height='60' style='fill:var(--c)'/></g>",
        "<rect width='100' height='60' style='fill:var(--c, #f00)'/>",
        "<rect width='100' height='60' fill='var(--c, #f00)'/>",
        "<style>:root{--c:#f00;--d:var(--c)} rect{fill:var(--d)}</style><rect width='100' height='60'/>",
        "<style>:root{--c:#0f0} g{--c:#f00} rect{fill:var(--c)}</style><g><rect width='100' height='60'/></g>",
        "<g fill='#f00' style='--c:var(--c)'><rect width='100' height='60' style='fill:var(--c)'/></g>",
        "<rect width='10' height='10' fill='#f00' style='--s:10;transform:scale(var(--s),calc(var(--s) * 1))'/>",
        "<rect height='60' fill='#f00' style='--w:100px;width:var(--w)'/>",
    ];
    for content in cases {
        assert_colours(content, &[(50, 30, RED)]);
    }
}

#[test]
fn the_first_element_of_an_id_counts() {
    let gradients = "<linearGradient id='g'><stop stop-color='#f00'/></linearGradient><linearGradient id='g'><stop stop-color='#0f0'/></linearGradient>";
    assert_colours(&format!("{gradients}<rect width='100' height='60' fill='url(#g)'/>"), &[(50, 30, RED)]);
    let shapes =
        "<defs><path id='p' d='M0 0h100v60h-100z' fill='#f00'/><path id='p' d='M0 0h100v60h-100z' fill='#0f0'/></defs>";
    assert_colours(&format!("{shapes}<use xlink:href='#p'/>"), &[(50, 30, RED)]);
    // Rules mean both.
    let both = "<style>#p{fill:#f00}</style><path id='p' d='M0 0h9v9z'/><path id='p' d='M40 20h20v20h-20z'/>";
    assert_colours(both, &[(50, 30, RED)]);
}

#[test]
fn what_is_written_anew_is_the_same_drawing() {
    let content = "<defs><clipPath id='c'><rect width='50' height='60'/></clipPath><filter id='f'><feFlood flood-color='#f00'/></filter></defs>\
        <g clip-path='url(#c)' style='--x:1'><rect width='100' height='60' style='filter:url(\"#f\")'/></g>\
        <text x='1' y='1' xml:space='preserve'> &lt;&amp;&quot; </text><metadata xmlns:r='urn:r'><r:a r:b='c'/></metadata>";
    assert_colours(content, &[(25, 30, RED), (75, 30, WHITE)]);
    let prefixed = "<s:svg xmlns:s='http://www.w3.org/2000/svg' width='4' height='2'><s:style>s|rect{fill:#f00}</s:style><s:rect width='4' height='2'/></s:svg>";
    let picture = svg().decode(prefixed.as_bytes(), None).unwrap();
    assert_eq!(picture.pixels()[..3], RED);
}

#[test]
fn what_is_not_understood_is_told() {
    assert_eq!(unread("<style>rect{fill:red}</style>"), None);
    assert_eq!(unread("<style>rect:has(a){fill:red}</style>"), Some("a selector of its style"));
    assert_eq!(unread("<style>@container (width > 1px){rect{fill:red}}</style>"), Some("an at-rule of its style"));
    assert_eq!(unread("<style>g{fill:red; rect{fill:blue}}</style>"), Some("a rule within a rule of its style"));
}

#[test]
fn style_that_would_take_too_long_is_refused() {
    let many = "<g class='a b c'/>".repeat(20_000);
    let deep = format!("{}<rect/>{}", "<g class='a'>".repeat(80), "</g>".repeat(80));
    let sheet = |rules: String, content: &str| format!("<style>{rules}</style>{content}");
    let declarations: String = (0..20_000).map(|n| format!("--v{n}:1;")).collect();
    let doubling: String = (0..30).map(|n| format!("--v{n}:var(--v{0},var(--v{0}))var(--v{0});", n + 1)).collect();
    let cases = [
        sheet("*{fill:red}".repeat(2000), &many),
        sheet((0..2000).map(|n| format!(":not(.x{n}){{fill:red}}")).collect(), &many),
        sheet(format!("{}{{fill:red}}", ".a ".repeat(60)).repeat(50) + " .z rect{fill:red}", &deep.repeat(100)),
        sheet(format!("b {} rect{{fill:red}}", ".a ".repeat(40)), &deep),
        sheet(format!("*{{font-family:{}}}", "x".repeat(100_000)), &many),
        sheet(":nth-last-child(3n+1){fill:red}".to_owned(), &many),
        sheet(format!("g{{{declarations}}}"), &many),
        sheet(format!("g{{{doubling}}} rect{{fill:var(--v0)}}"), &deep.repeat(20)),
    ];
    for (number, content) in cases.iter().enumerate() {
        let begin = Instant::now();
        let result = svg().decode(document(content).as_bytes(), Some(Dimensions::new(10, 6)));
        assert!(begin.elapsed() < LONGEST, "{number}: {:?}", begin.elapsed());
        let is_refused = matches!(result, Err(CodecError::OverLimit { .. }));
        assert!(is_refused || number == 7, "{number}: {:?}", result.map(|picture| picture.dimensions()));
    }
    let nested = format!("<style>{}</style>", "@media all{".repeat(100_000));
    let brackets = format!("<style>{}</style>", ":not(".repeat(100_000));
    for content in [nested, brackets] {
        let begin = Instant::now();
        let _ = svg().decode(document(&content).as_bytes(), None);
        assert!(begin.elapsed() < LONGEST, "{:?}", begin.elapsed());
    }
}
