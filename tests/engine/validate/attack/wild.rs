//! Parser differentials: an update's bytes are changed at random, and whatever still passes must be read by qpdf and MuPDF
//! as it is read here, and look in MuPDF and poppler as it looked when it was signed.

use super::super::bench::Case;
use super::bases::bases;
use super::is_thorough;
use super::oracle::{assert_read_alike, pictures};
use super::raw::{Shape, appended, indirect, written};
use fumikura::pdf::Pdf;
use fumikura::validate::Indication;

/// What is put in: the words of which a file's structure is made.
const WORDS: &[&[u8]] = &[
    b" ",
    b"\n",
    b"\r",
    b"\0",
    b"%",
    b"%x\n",
    b"%%EOF\n",
    b"0",
    b"1",
    b"00",
    b"-",
    b"+",
    b".",
    b"/",
    b"#",
    b"#20",
    b"(",
    b")",
    b"<",
    b">",
    b"<<",
    b">>",
    b"[",
    b"]",
    b"R",
    b" 0 R",
    b"null",
    b"obj",
    b" endobj",
    b"stream\n",
    b"endstream",
    b"xref\n",
    b"trailer",
    b"startxref\n",
    b"/Pages 3 0 R",
    b"/Root 2 0 R",
    b"/Type/XRef",
    b"/Length 9",
    b"/Size 3",
    b"/Prev 0",
    b"/XRefStm 9",
    b"0 1\n0000000000 65535 f \n",
    b"1 0 obj<<>>endobj\n",
    b"/Filter/FlateDecode",
];

/// A small generator, so that every run tries the same.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

fn mutated(tail: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut tail = tail.to_vec();
    for _ in 0..=dice.throw(2) {
        let at = dice.throw(tail.len());
        match dice.throw(5) {
            0 => drop(tail.remove(at)),
            1 => tail[at] = WORDS[dice.throw(WORDS.len())][0],
            2 => {
                let end = (at + dice.throw(40)).min(tail.len());
                let copy = tail[at..end].to_vec();
                let to = dice.throw(tail.len());
                tail.splice(to..to, copy);
            }
            _ => drop(tail.splice(at..at, WORDS[dice.throw(WORDS.len())].iter().copied())),
        }
    }
    tail
}

#[test]
fn what_passes_is_read_alike_by_all() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let case = Case::default();
    let (each, most) = if is_thorough() { (3000, usize::MAX) } else { (90, 6) };
    let (mut tried, mut survivors) = (0, Vec::new());
    for base in bases() {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        let (root, _) = pdf.catalog().unwrap();
        let same = indirect(root, &written(&pdf.object(root).cloned().unwrap()));
        for turn in 0..each {
            let shape = Shape { stream: turn % 3 == 1, packed: turn % 3 == 2, ..Shape::default() };
            let file = appended(&base.bytes, &[(root, same.clone())], &shape);
            let changed = [&base.bytes[..], &mutated(&file[base.bytes.len()..], &mut dice)].concat();
            tried += 1;
            let passes = case.try_validate(&changed).is_ok_and(|report| report.indication == Indication::TotalPassed);
            if passes && changed != file {
                survivors.push((format!("{} {turn}", base.name), &base.bytes, changed));
            }
        }
    }
    println!("{tried} files, {} pass", survivors.len());
    assert!(survivors.len() < tried / 2, "most changes to an update's bytes are no harmless ones");
    let every = (survivors.len() / most.min(survivors.len()).max(1)).max(1);
    for (name, signed, file) in survivors.iter().step_by(every).take(most) {
        super::keep("wild", name, file);
        assert_read_alike(name, file);
        assert!(pictures(signed) == pictures(file), "{name} looks different");
    }
}
