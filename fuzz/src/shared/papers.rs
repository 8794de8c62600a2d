//! Changes PDF files object by object: the cross-reference tables, lengths and byte ranges are written anew, so that
//! what lies deep is still reached.

use super::random::{Random, disturb};
use std::ops::Range;

/// A part of a file.
#[derive(Clone, Debug)]
enum Piece {
    /// An object: number, generation, what stands between `obj` and `endobj`.
    Object(u32, u16, Vec<u8>),
    /// A cross-reference table with its trailer's dictionary, through `%%EOF`.
    Section(Vec<u8>),
    /// Anything else.
    Other(Vec<u8>),
}

/// Changes a file in a few places.
pub fn change(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut pieces = pieces(file);
    for _ in 0..=random.below(4) {
        alter(&mut pieces, random);
    }
    let rebuilt = pieces.iter().any(|piece| matches!(piece, Piece::Section(_))) && !random.one_in(50);
    let mut out = written(&pieces, rebuilt, random);
    if random.one_in(30) {
        disturb(&mut out, random);
    }
    out
}

fn pieces(file: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut at, mut other) = (0, 0);
    while at < file.len() {
        let is_start = at == 0 || matches!(file[at - 1], b'\n' | b'\r');
        let found = if is_start { object(file, at).or_else(|| section(file, at)) } else { None };
        let Some((piece, end)) = found else {
            at += 1;
            continue;
        };
        if other < at {
            pieces.push(Piece::Other(file[other..at].to_vec()));
        }
        pieces.push(piece);
        (at, other) = (end, end);
    }
    if other < file.len() {
        pieces.push(Piece::Other(file[other..].to_vec()));
    }
    pieces
}

fn object(file: &[u8], at: usize) -> Option<(Piece, usize)> {
    let head = &file[at..file.len().min(at + 24)];
    let mut words = head.splitn(3, |byte| *byte == b' ');
    let mut number = || std::str::from_utf8(words.next()?).ok()?.parse::<u32>().ok();
    let (first, second) = (number()?, u16::try_from(number()?).ok()?);
    words.next()?.strip_prefix(b"obj")?;
    let start = at + position(head, b"obj")? + 3;
    let end = start + position(&file[start..], b"endobj")?;
    Some((Piece::Object(first, second, file[start..end].to_vec()), end + 6))
}

fn section(file: &[u8], at: usize) -> Option<(Piece, usize)> {
    const END: &[u8] = b"%%EOF";
    file[at..].strip_prefix(b"xref")?;
    let trailer = at + position(&file[at..], b"trailer")? + 7;
    let last = trailer + position(&file[trailer..], b"startxref")?;
    let end = last + position(&file[last..], END)? + END.len();
    Some((Piece::Section(file[trailer..last].to_vec()), end))
}

fn position(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

fn alter(pieces: &mut Vec<Piece>, random: &mut Random) {
    let objects: Vec<usize> = (0..pieces.len()).filter(|index| matches!(pieces[*index], Piece::Object(..))).collect();
    if objects.is_empty() {
        pieces.push(Piece::Object(1, 0, b"<</Type/Catalog/Pages 2 0 R>>".to_vec()));
        return;
    }
    let (chosen, other) = (*random.of(&objects), *random.of(&objects));
    let numbers: Vec<u32> = objects.iter().filter_map(|index| number(&pieces[*index])).collect();
    match random.below(14) {
        0 => drop(pieces.remove(chosen)),
        1 => {
            let donor = pieces[other].clone();
            if let (Piece::Object(_, _, body), Piece::Object(_, _, given)) = (&mut pieces[chosen], donor) {
                *body = given;
            }
        }
        2 => pieces.swap(chosen, other),
        3 => {
            if let Piece::Object(number, _, _) = &mut pieces[chosen] {
                *number = *random.of(&[0, 1, 2, 3, number.saturating_add(1), 1000, u32::MAX - 1]);
            }
        }
        4 => append(pieces, &objects, random),
        5 => {
            let mut sections = (0..pieces.len()).filter(|index| matches!(pieces[*index], Piece::Section(_)));
            if let Some(last) = sections.next_back()
                && let Piece::Section(dictionary) = &mut pieces[last]
            {
                edit(dictionary, &numbers, random);
            }
        }
        _ => {
            if let Piece::Object(_, _, body) = &mut pieces[chosen] {
                edit(body, &numbers, random);
                if random.one_in(2) {
                    mend_length(body);
                }
            }
        }
    }
}

fn number(piece: &Piece) -> Option<u32> {
    match piece {
        Piece::Object(number, _, _) => Some(*number),
        _ => None,
    }
}

/// Appends an update with a few objects of the file, perhaps changed.
fn append(pieces: &mut Vec<Piece>, objects: &[usize], random: &mut Random) {
    let sections = pieces.iter().rev().find(|piece| matches!(piece, Piece::Section(_)));
    let Some(section) = sections.cloned() else { return };
    pieces.push(Piece::Other(b"\n".to_vec()));
    for _ in 0..=random.below(3) {
        let mut copy = pieces[*random.of(objects)].clone();
        if let Piece::Object(_, _, body) = &mut copy {
            edit(body, &[1, 2, 3], random);
        }
        pieces.push(copy);
    }
    pieces.push(section);
}

const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "2",
    "7",
    "255",
    "65535",
    "65536",
    "2147483647",
    "4294967295",
    "4294967296",
    "9999999999",
    "9223372036854775807",
    "0.5",
];
const NAMES: [&str; 48] = [
    "Type",
    "Catalog",
    "Pages",
    "Page",
    "Kids",
    "Parent",
    "Count",
    "MediaBox",
    "CropBox",
    "Rotate",
    "Annots",
    "Contents",
    "AcroForm",
    "Fields",
    "FT",
    "Sig",
    "Tx",
    "V",
    "T",
    "AP",
    "N",
    "Rect",
    "F",
    "Ff",
    "SigFlags",
    "DSS",
    "Certs",
    "CRLs",
    "OCSPs",
    "VRI",
    "ByteRange",
    "SubFilter",
    "ETSI.CAdES.detached",
    "ETSI.RFC3161",
    "DocTimeStamp",
    "Reference",
    "DocMDP",
    "FieldMDP",
    "Lock",
    "Metadata",
    "Encrypt",
    "ID",
    "Info",
    "Length",
    "Filter",
    "FlateDecode",
    "ObjStm",
    "XRef",
];
const ENTRIES: [&str; 30] = [
    "/Length 99999999",
    "/Length 3 0 R",
    "/Filter/FlateDecode",
    "/Filter[/ASCII85Decode/LZWDecode]",
    "/Filter[/ASCIIHexDecode/FlateDecode/FlateDecode]",
    "/DecodeParms<</Predictor 15/Columns 2147483647/Colors 99>>",
    "/Type/ObjStm/N 1000000/First 10",
    "/Type/XRef/W[1 8 8]/Size 100000/Index[0 4294967295]",
    "/Prev 0",
    "/Prev 9",
    "/XRefStm 15",
    "/Kids[1 0 R 2 0 R 3 0 R]",
    "/Parent 2 0 R",
    "/Annots[1 0 R 4 0 R 4 0 R]",
    "/Type/Page",
    "/FT/Sig",
    "/T(a.b)",
    "/V 5 0 R",
    "/Rect[0 0 9999 9999]",
    "/DSS 4 0 R",
    "/AcroForm<</Fields[3 0 R 4 0 R 5 0 R]>>",
    "/Version/2.0",
    "/Encrypt<</Filter/Standard/V 5/R 6/Length 256/O()/U()/P -4>>",
    "/Encrypt<</Filter/Standard/V 2/R 3/Length 99999/O(a)/U(b)/P -4>>",
    "/ID[(a)(b)]",
    "/Metadata 6 0 R",
    "/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>",
    "/Perms<</DocMDP 5 0 R>>",
    "/P 3 0 R",
    "/Lock<</P 1>>",
];

/// Changes the text of an object or trailer at a token.
fn edit(body: &mut Vec<u8>, numbers: &[u32], random: &mut Random) {
    let tokens = tokens(body);
    if tokens.is_empty() {
        return disturb(body, random);
    }
    let place = random.of(&tokens).clone();
    let token = body[place.clone()].to_vec();
    match random.below(9) {
        0 | 1 if token[0].is_ascii_digit() => drop(body.splice(place, random.of(&NUMBERS).bytes())),
        2 if token[0].is_ascii_digit() => {
            let reference = format!("{} 0 R", random.of(numbers));
            body.splice(place, reference.bytes());
        }
        0..=2 if token[0] == b'/' => drop(body.splice(place, format!("/{}", random.of(&NAMES)).bytes())),
        3 => {
            if let Some(open) = position(body, b"<<") {
                body.splice(open + 2..open + 2, random.of(&ENTRIES).bytes());
            }
        }
        4 => drop(body.drain(place)),
        5 => {
            let copies = if random.one_in(6) { random.below(2000) } else { 1 + random.below(3) };
            let copied = [b" ".as_slice(), &token].concat().repeat(copies);
            body.splice(place.start..place.start, copied);
        }
        6 => {
            let (open, close) = *random.of(&[("[", "]"), ("<</A ", ">>"), ("(", ")"), ("<", ">")]);
            let deep = if random.one_in(6) { 150 } else { 1 };
            let nested = [open.repeat(deep).as_bytes(), &token, close.repeat(deep).as_bytes()].concat();
            body.splice(place, nested);
        }
        7 => {
            let other = random.of(&tokens).clone();
            let given = body[other].to_vec();
            body.splice(place, given);
        }
        _ => disturb(body, random),
    }
}

/// Finds names, numbers and single marks before a stream's data.
fn tokens(body: &[u8]) -> Vec<Range<usize>> {
    let end = position(body, b"stream").unwrap_or(body.len()).min(4000);
    let is_end = |byte: u8| b" \t\r\n()<>[]/".contains(&byte);
    let mut found = Vec::new();
    let mut at = 0;
    while at < end {
        let length = 1 + body[at + 1..end].iter().take_while(|byte| !is_end(**byte)).count();
        if !body[at].is_ascii_whitespace() {
            found.push(at..at + length);
        }
        at += length;
    }
    found
}

/// Writes the length that a stream has into its dictionary, where a number stands there.
fn mend_length(body: &mut Vec<u8>) {
    let measured = || {
        let start = position(body, b"stream")? + 6;
        let start = start + body[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let length = position(&body[start..], b"endstream")?;
        let digits = position(body, b"/Length ")? + 8;
        let count = body[digits..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        Some((digits..digits + count, length))
    };
    if let Some((place, length)) = measured() {
        body.splice(place, length.to_string().bytes());
    }
}

/// Writes the pieces; where the file has tables, with tables and byte ranges that fit.
fn written(pieces: &[Piece], rebuilt: bool, random: &mut Random) -> Vec<u8> {
    let (mut out, mut placed, mut previous) = (Vec::new(), Vec::new(), None);
    let mut signatures: Vec<Range<usize>> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Other(bytes) => out.extend(bytes),
            Piece::Object(number, generation, body) => {
                placed.push((*number, *generation, out.len()));
                let start = out.len();
                out.extend(format!("{number} {generation} obj").bytes());
                out.extend(body);
                out.extend(b"endobj");
                signatures.push(start..out.len());
            }
            Piece::Section(dictionary) if rebuilt => {
                let at = out.len();
                table(&mut out, &mut placed, dictionary, previous);
                out.extend(format!("\nstartxref\n{at}\n%%EOF").bytes());
                previous = Some(at);
                let end = out.len();
                if !random.one_in(20) {
                    signatures.drain(..).for_each(|place| mend_range(&mut out, place, end));
                }
            }
            Piece::Section(dictionary) => {
                out.extend(b"xref\n0 0\ntrailer");
                out.extend(dictionary);
                out.extend(b"startxref\n0\n%%EOF");
            }
        }
    }
    out
}

fn table(out: &mut Vec<u8>, placed: &mut Vec<(u32, u16, usize)>, dictionary: &[u8], previous: Option<usize>) {
    out.extend(b"xref\n0 1\n0000000000 65535 f \n");
    for (number, generation, offset) in placed.drain(..) {
        out.extend(format!("{number} 1\n{offset:010} {generation:05} n \n").bytes());
    }
    out.extend(b"trailer");
    let mut dictionary = dictionary.to_vec();
    let place = position(&dictionary, b"/Prev ").map(|at| {
        let digits = dictionary[at + 6..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        at..at + 6 + digits
    });
    let entry = previous.map(|previous| format!("/Prev {previous}")).unwrap_or_default();
    match (place, position(&dictionary, b"<<")) {
        (Some(place), _) => drop(dictionary.splice(place, entry.bytes())),
        (None, Some(open)) => drop(dictionary.splice(open + 2..open + 2, entry.bytes())),
        _ => {}
    }
    out.extend(dictionary);
}

/// Makes the byte range of a signature dictionary cover all but its contents, to an end, where there is room.
fn mend_range(out: &mut [u8], place: Range<usize>, end: usize) {
    let object = &out[place.clone()];
    let found = || {
        let range = position(object, b"/ByteRange")?;
        let open = range + position(&object[range..], b"[")?;
        let close = open + position(&object[open..], b"]")?;
        let contents = position(object, b"/Contents")?;
        let start = contents + position(&object[contents..], b"<")?;
        let stop = start + position(&object[start..], b">")? + 1;
        Some((place.start + open + 1..place.start + close, place.start + start, place.start + stop))
    };
    if let Some((numbers, start, stop)) = found() {
        let text = format!("0 {start} {stop} {}", end.saturating_sub(stop));
        if text.len() <= numbers.len() {
            let width = numbers.len();
            out[numbers].copy_from_slice(format!("{text:<width$}").as_bytes());
        }
    }
}
