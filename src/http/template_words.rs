//! What is wrong with what was filled in of a template, in words that name the field, the character and its place.

use crate::office::templates::TemplateError;

/// Returns the label of the field to mend, and what is wrong with it in Japanese and English; none where it is no field's fault.
pub fn about(error: &TemplateError) -> Option<(String, (String, String))> {
    let (label, ja) = match error {
        TemplateError::Empty(label) => (label, format!("{label}を入力してください。")),
        TemplateError::Value { label, wanted, .. } => (label, format!("{label}は、{}", asked(wanted))),
        TemplateError::TooLong { label, longest } => (label, format!("{label}は{longest}文字以内にしてください。")),
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
