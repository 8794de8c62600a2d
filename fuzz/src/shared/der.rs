//! Changes DER value by value: lengths are written anew, so that what lies deep is still reached.

use super::random::{Random, disturb};

/// One value.
#[derive(Clone, Debug)]
pub enum Node {
    /// Contents that hold no values.
    Leaf(u8, Vec<u8>),
    /// Contents that are values, perhaps behind the octet of unused bits of a BIT STRING.
    Tree(u8, Option<u8>, Vec<Node>),
}

/// How deep values are taken apart.
const DEPTH: usize = 32;
/// The most values that are taken apart.
const NODES: usize = 20_000;

/// Takes bytes apart that are values and nothing else.
pub fn parse(bytes: &[u8]) -> Option<Vec<Node>> {
    let mut left = NODES;
    values(bytes, DEPTH, &mut left)
}

fn values(mut bytes: &[u8], depth: usize, left: &mut usize) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    while !bytes.is_empty() {
        *left = left.checked_sub(1)?;
        let (tag, contents, rest) = split(bytes)?;
        nodes.push(node(tag, contents, depth, left));
        bytes = rest;
    }
    Some(nodes)
}

fn node(tag: u8, contents: &[u8], depth: usize, left: &mut usize) -> Node {
    if depth == 0 {
        return Node::Leaf(tag, contents.to_vec());
    }
    let within = match (tag, contents.first()) {
        (0x03, Some(0)) if contents.len() > 4 => values(&contents[1..], depth - 1, left).map(|inner| (Some(0), inner)),
        (0x04, Some(0x02..=0x06 | 0x30 | 0x31)) => values(contents, depth - 1, left).map(|inner| (None, inner)),
        (tag, _) if tag & 0x20 != 0 => values(contents, depth - 1, left).map(|inner| (None, inner)),
        _ => None,
    };
    match within {
        Some((unused, inner)) => Node::Tree(tag, unused, inner),
        None => Node::Leaf(tag, contents.to_vec()),
    }
}

/// Splits off the first value: its tag, its contents, and the bytes behind it.
pub fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let digits = rest.get(..usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), &rest[digits.len()..])
        }
        _ => return None,
    };
    Some((tag, rest.get(..length)?, &rest[length..]))
}

/// Writes a value around contents.
pub fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match contents.len() {
        short @ 0..=0x7f => out.push(short as u8),
        long => {
            let digits = long.to_be_bytes();
            let digits = &digits[long.leading_zeros() as usize / 8..];
            out.push(0x80 | digits.len() as u8);
            out.extend(digits);
        }
    }
    out.extend(contents);
    out
}

/// Writes values.
pub fn write(nodes: &[Node]) -> Vec<u8> {
    nodes.iter().flat_map(written).collect()
}

fn written(node: &Node) -> Vec<u8> {
    match node {
        Node::Leaf(tag, contents) => value(*tag, contents),
        Node::Tree(tag, unused, nodes) => {
            let contents: Vec<u8> = unused.iter().copied().chain(write(nodes)).collect();
            value(*tag, &contents)
        }
    }
}

/// Changes a few values of bytes that are DER, and single bytes of others.
pub fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let Some(mut nodes) = parse(bytes).filter(|nodes| !nodes.is_empty()) else {
        let mut out = bytes.to_vec();
        disturb(&mut out, random);
        return out;
    };
    for _ in 0..=random.below(3) {
        let wanted = random.below(count(&nodes));
        let donor = nth(&nodes, random.below(count(&nodes))).cloned();
        change(&mut nodes, wanted, &mut |siblings, index| alter(siblings, index, donor.as_ref(), random));
    }
    let mut out = write(&nodes);
    if random.one_in(40) {
        disturb(&mut out, random);
    }
    out
}

fn count(nodes: &[Node]) -> usize {
    let within = |node: &Node| match node {
        Node::Leaf(..) => 1,
        Node::Tree(_, _, inner) => 1 + count(inner),
    };
    nodes.iter().map(within).sum()
}

fn nth(nodes: &[Node], mut wanted: usize) -> Option<&Node> {
    for node in nodes {
        let size = count(std::slice::from_ref(node));
        match (wanted, node) {
            (0, _) => return Some(node),
            (inside, Node::Tree(_, _, inner)) if inside < size => return nth(inner, inside - 1),
            _ => wanted -= size,
        }
    }
    None
}

fn change(nodes: &mut Vec<Node>, mut wanted: usize, alter: &mut dyn FnMut(&mut Vec<Node>, usize)) {
    for index in 0..nodes.len() {
        let size = count(std::slice::from_ref(&nodes[index]));
        if wanted == 0 {
            return alter(nodes, index);
        }
        if wanted < size {
            if let Node::Tree(_, _, inner) = &mut nodes[index] {
                change(inner, wanted - 1, alter);
            }
            return;
        }
        wanted -= size;
    }
}

fn alter(siblings: &mut Vec<Node>, index: usize, donor: Option<&Node>, random: &mut Random) {
    const TAGS: [u8; 16] =
        [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0xa0, 0xa1];
    match random.below(12) {
        0 => set_tag(&mut siblings[index], *random.of(&TAGS)),
        1 => drop(siblings.remove(index)),
        2 => {
            let copies = if random.one_in(8) { random.below(300) } else { 1 + random.below(3) };
            let copy = siblings[index].clone();
            siblings.splice(index..index, std::iter::repeat_n(copy, copies));
        }
        3 => {
            let other = random.below(siblings.len());
            siblings.swap(index, other);
        }
        4 => siblings[index] = donor.cloned().unwrap_or(Node::Leaf(5, Vec::new())),
        5 => siblings.insert(index, donor.cloned().unwrap_or(Node::Leaf(5, Vec::new()))),
        6 => {
            let deep = if random.one_in(4) { 60 } else { 1 };
            for _ in 0..deep {
                let inner = std::mem::replace(&mut siblings[index], Node::Leaf(5, Vec::new()));
                siblings[index] = Node::Tree(*random.of(&[0x30, 0x31, 0xa0, 0x24]), None, vec![inner]);
            }
        }
        7 => siblings[index] = unusual(random),
        _ => match &mut siblings[index] {
            Node::Leaf(_, contents) => disturb(contents, random),
            Node::Tree(_, _, inner) => {
                let half = inner.len() / 2;
                inner.rotate_left(half);
            }
        },
    }
}

fn set_tag(node: &mut Node, new: u8) {
    match node {
        Node::Leaf(tag, _) | Node::Tree(tag, _, _) => *tag = new,
    }
}

fn unusual(random: &mut Random) -> Node {
    match random.below(8) {
        0 => Node::Leaf(0x02, vec![0x7f; 1 + random.below(2000)]),
        1 => Node::Leaf(0x02, vec![0x80]),
        2 => Node::Leaf(0x17, b"490101000000Z".to_vec()),
        3 => Node::Leaf(0x18, b"99991231235959Z".to_vec()),
        4 => Node::Leaf(0x06, [0xff].repeat(random.below(40))),
        5 => Node::Leaf(0x0c, "\u{200f}\u{fb03}A".repeat(1 + random.below(40)).into_bytes()),
        6 => Node::Leaf(0x1e, vec![0xd8; random.below(9)]),
        _ => Node::Tree(0x30, None, Vec::new()),
    }
}
