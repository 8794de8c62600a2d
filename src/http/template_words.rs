//! What is wrong with what was filled in of a template, in words that name the field, the character and its place; and what
//! the template asks from field to field.

use crate::office::templates::{Rule, Template, TemplateError};

/// Returns the label of the field to mend, and what is wrong with it in Japanese and English; none where it is no field's fault.
pub fn about(error: &TemplateError) -> Option<(String, (String, String))> {
    let (label, ja) = match error {
        TemplateError::Empty(label) => (label, format!("{label}を入力してください。")),
        TemplateError::Value { label, wanted, .. } => (label, format!("{label}は、{}", asked(wanted))),
        TemplateError::TooLong { label, longest } => (label, format!("{label}は{longest}文字以内にしてください。")),
        TemplateError::BeforeOther { label, other } => (label, format!("{label}を、{other}より前の日にはできません。")),
        TemplateError::NoneOf { labels } => {
            (labels.first()?, format!("{}のどれか一つは入力してください。", quoted(labels)))
        }
        TemplateError::AskedFor { label, by, value } => {
            (label, format!("{by}が「{value}」のときは、{label}を入力してください。"))
        }
        TemplateError::NoSuchField(label) => (label, format!("この様式に「{label}」という項目はありません。")),
        TemplateError::MissingGlyph { character, codes, place, position } => {
            let where_ = format!("{place}の{position}文字目「{character}」（{codes}）");
            (
                place,
                format!(
                    "{where_}は、登録されたフォントにない文字（字形）です。別の文字にするか、フォントの追加を管理者に相談してください。"
                ),
            )
        }
        _ => return None,
    };
    Some((label.clone(), (ja, error.to_string())))
}

/// Says the rules between the fields of a template, in Japanese.
pub fn rules(template: &Template) -> Vec<String> {
    let label = |id: &String| {
        let field = template.fields.iter().find(|field| field.id == *id);
        field.map_or_else(|| id.clone(), |field| field.label.clone())
    };
    let said = |rule: &Rule| match rule {
        Rule::NotBefore { field, other } => {
            format!("「{}」は、「{}」と同じ日か、それより後にします。", label(field), label(other))
        }
        Rule::OneOf { fields } => {
            let labels: Vec<String> = fields.iter().map(label).collect();
            format!("{}は、どれか一つを必ず入力します。", quoted(&labels))
        }
        Rule::RequiredIf { field, when, is } if is.is_empty() => {
            format!("「{}」を入力したときは、「{}」も入力します。", label(when), label(field))
        }
        Rule::RequiredIf { field, when, is } => {
            format!("「{}」が{}のときは、「{}」を入力します。", label(when), quoted(is), label(field))
        }
    };
    template.rules.iter().map(said).collect()
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("「{word}」")).collect()
}

/// Returns the form's field of a label that every notice has.
pub fn own_field(label: &str) -> &'static str {
    match label {
        "受取人" => "recipient",
        "処分の理由" => "reasons",
        "教示" => "instructions",
        "日付" => "dated",
        _ => "subject",
    }
}

fn asked(wanted: &str) -> &'static str {
    match wanted {
        "single line" => "1行で入力してください。",
        "sum of whole yen" => "円単位の金額を数字で入力してください。",
        "choice of this field" => "選択肢から選んでください。",
        _ => "2026-04-01や令和8年4月1日のように入力してください。",
    }
}
