//! SVG pictures as path operators (ISO 32000-2, 8.5): what they draw exactly, and nothing that would only be like it.

use super::PadesError;
use std::fmt::Write;
use usvg::tiny_skia_path::{Path as Outline, PathSegment};
use usvg::{ClipPath, FillRule, Group, LineCap, LineJoin, Node, Options, Paint, Path, Transform, Tree};

/// The longest file, in bytes: seals of a few kilobytes are usual.
const LONGEST_BYTES: usize = 1 << 20;
/// The most elements and attributes' elements that are read.
const NODES: u32 = 50_000;
/// The most path segments that are drawn.
const SEGMENTS: usize = 200_000;
/// Elements that are left out or only approximated where they are met: a seal without them would be another seal.
const REFUSED: [&str; 8] =
    ["text", "image", "foreignObject", "filter", "mask", "pattern", "linearGradient", "radialGradient"];

/// A drawing in its own units, y downwards.
pub(super) struct Drawing {
    pub(super) width: f32,
    pub(super) height: f32,
    operators: String,
}

impl Drawing {
    /// Tells whether a file looks like SVG.
    pub(super) fn is_svg(bytes: &[u8]) -> bool {
        let head = &bytes[..bytes.len().min(1024)];
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        head.starts_with(b"<svg")
            || (head.starts_with(b"<?xml") || head.starts_with(b"<!")) && memchr::memmem::find(head, b"<svg").is_some()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`PadesError::Drawing`] for what cannot be drawn exactly, [`PadesError::Image`] for what is no SVG.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PadesError> {
        if bytes.len() > LONGEST_BYTES {
            return Err(PadesError::Image("an SVG has at most 1 MiB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PadesError::Image("the SVG is not UTF-8 text"))?;
        let options = usvg::roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..Default::default() };
        let document = usvg::roxmltree::Document::parse_with_options(text, options)
            .map_err(|_| PadesError::Image("the SVG is no well-formed XML"))?;
        let refused = document
            .descendants()
            .find_map(|node| REFUSED.into_iter().find(|name| node.has_tag_name(("http://www.w3.org/2000/svg", *name))));
        if let Some(name) = refused {
            return Err(PadesError::Drawing(format!("<{name}>")));
        }
        let tree = Tree::from_xmltree(&document, &Options::default())
            .map_err(|_| PadesError::Image("the SVG cannot be read"))?;
        let mut drawing = Self { width: tree.size().width(), height: tree.size().height(), operators: String::new() };
        let mut left = SEGMENTS;
        drawing.group(tree.root(), &mut left)?;
        Ok(drawing)
    }

    /// Writes the operators that draw it at a place, as large as it fits, in its own proportions.
    pub(super) fn draw(&self, content: &mut String, [x, y, width, height]: [f32; 4]) {
        let scale = (width / self.width).min(height / self.height);
        let left = x + (width - self.width * scale) / 2.0;
        let top = y + (height + self.height * scale) / 2.0;
        // Writing to a string cannot fail.
        let _ = writeln!(content, "q {scale:.5} 0 0 {:.5} {left:.3} {top:.3} cm", -scale);
        content.push_str(&self.operators);
        content.push_str("Q\n");
    }

    fn group(&mut self, group: &Group, left: &mut usize) -> Result<(), PadesError> {
        let refused = |what: &str| Err(PadesError::Drawing(what.to_owned()));
        if group.opacity().get() < 1.0 {
            return refused("opacity");
        }
        if group.blend_mode() != usvg::BlendMode::Normal || group.mask().is_some() {
            return refused("mask or mix-blend-mode");
        }
        if let Some(clip) = group.clip_path() {
            self.operators.push_str("q\n");
            self.clip(clip, group.abs_transform(), left)?;
        }
        for child in group.children() {
            match child {
                Node::Group(inner) => self.group(inner, left)?,
                Node::Path(path) => self.path(path, left)?,
                Node::Image(_) | Node::Text(_) => return refused("<image> or <text>"),
            }
        }
        if group.clip_path().is_some() {
            self.operators.push_str("Q\n");
        }
        Ok(())
    }

    /// Narrows what is painted to a shape; where the clipping path is clipped itself, to what both leave.
    fn clip(&mut self, clip: &ClipPath, place: Transform, left: &mut usize) -> Result<(), PadesError> {
        let several = || PadesError::Drawing("a clipping path of several shapes".to_owned());
        if let Some(other) = clip.clip_path() {
            self.clip(other, place, left)?;
        }
        let (shape, place) = sole_shape(clip.root(), place.pre_concat(clip.transform())).ok_or_else(several)?;
        let outline = shape.data().clone().transform(place).ok_or_else(several)?;
        self.segments(&outline, left)?;
        let is_even_odd = shape.fill().is_some_and(|fill| fill.rule() == FillRule::EvenOdd);
        let _ = writeln!(self.operators, "{} n", if is_even_odd { "W*" } else { "W" });
        Ok(())
    }

    fn path(&mut self, path: &Path, left: &mut usize) -> Result<(), PadesError> {
        if !path.is_visible() {
            return Ok(());
        }
        let Transform { sx, kx, ky, sy, tx, ty } = path.abs_transform();
        let _ = writeln!(self.operators, "q {sx:.5} {ky:.5} {kx:.5} {sy:.5} {tx:.4} {ty:.4} cm");
        let mut paint = "n";
        if let Some(fill) = path.fill() {
            let [r, g, b] = colour(fill.paint(), fill.opacity().get())?;
            let _ = writeln!(self.operators, "/C cs {r:.4} {g:.4} {b:.4} sc");
            paint = if fill.rule() == FillRule::EvenOdd { "f*" } else { "f" };
        }
        if let Some(stroke) = path.stroke() {
            let [r, g, b] = colour(stroke.paint(), stroke.opacity().get())?;
            let cap = match stroke.linecap() {
                LineCap::Butt => 0,
                LineCap::Round => 1,
                LineCap::Square => 2,
            };
            let join = match stroke.linejoin() {
                LineJoin::Miter | LineJoin::MiterClip => 0,
                LineJoin::Round => 1,
                LineJoin::Bevel => 2,
            };
            let dashes: String =
                stroke.dasharray().unwrap_or_default().iter().map(|dash| format!("{dash:.4} ")).collect();
            let (width, miter, offset) = (stroke.width().get(), stroke.miterlimit().get(), stroke.dashoffset());
            let _ = writeln!(
                self.operators,
                "/C CS {r:.4} {g:.4} {b:.4} SC {width:.4} w {cap} J {join} j {miter:.3} M [{dashes}] {offset:.4} d"
            );
            paint = match paint {
                "f" => "B",
                "f*" => "B*",
                _ => "S",
            };
        }
        self.segments(path.data(), left)?;
        let _ = writeln!(self.operators, "{paint} Q");
        Ok(())
    }

    fn segments(&mut self, path: &Outline, left: &mut usize) -> Result<(), PadesError> {
        let out = &mut self.operators;
        let mut at = (0.0, 0.0);
        for segment in path.segments() {
            *left = left.checked_sub(1).ok_or(PadesError::Image("the SVG draws too much"))?;
            let _ = match segment {
                PathSegment::MoveTo(p) => {
                    at = (p.x, p.y);
                    writeln!(out, "{:.4} {:.4} m", p.x, p.y)
                }
                PathSegment::LineTo(p) => {
                    at = (p.x, p.y);
                    writeln!(out, "{:.4} {:.4} l", p.x, p.y)
                }
                PathSegment::QuadTo(c, p) => {
                    // A quadratic curve as the cubic one that is the same (two thirds of the way to its control point).
                    let toward = |from: f32, control: f32| from + (control - from) * 2.0 / 3.0;
                    let (a, b) = ((toward(at.0, c.x), toward(at.1, c.y)), (toward(p.x, c.x), toward(p.y, c.y)));
                    at = (p.x, p.y);
                    writeln!(out, "{:.4} {:.4} {:.4} {:.4} {:.4} {:.4} c", a.0, a.1, b.0, b.1, p.x, p.y)
                }
                PathSegment::CubicTo(a, b, p) => {
                    at = (p.x, p.y);
                    writeln!(out, "{:.4} {:.4} {:.4} {:.4} {:.4} {:.4} c", a.x, a.y, b.x, b.y, p.x, p.y)
                }
                PathSegment::Close => writeln!(out, "h"),
            };
        }
        Ok(())
    }
}

/// Returns the one shape of a clipping path, and where it stands. The union of several has no operator.
fn sole_shape(group: &Group, place: Transform) -> Option<(&Path, Transform)> {
    let place = place.pre_concat(group.transform());
    match group.children() {
        [Node::Path(path)] => Some((path, place)),
        [Node::Group(inner)] if inner.clip_path().is_none() => sole_shape(inner, place),
        _ => None,
    }
}

fn colour(paint: &Paint, opacity: f32) -> Result<[f32; 3], PadesError> {
    match paint {
        Paint::Color(colour) if opacity >= 1.0 => {
            Ok([colour.red, colour.green, colour.blue].map(|part| f32::from(part) / 255.0))
        }
        Paint::Color(_) => Err(PadesError::Drawing("opacity".to_owned())),
        _ => Err(PadesError::Drawing("gradients or patterns".to_owned())),
    }
}
