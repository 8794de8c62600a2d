//! What a browser drafted a moment ago: whoever goes back to the form and sends the same again is led to that draft, and makes no second.

use crate::digest::Sha256Hex;
use crate::http::app::App;
use crate::http::left::Left;
use crate::http::staff::Staff;
use crate::id::NoticeId;
use crate::office::notices::NoticeState;

/// Returns the draft that was made of the same by this browser a few minutes ago, while it is one.
pub async fn before(app: &App, staff: &Staff, what: &Sha256Hex) -> Option<NoticeId> {
    let Some(Left::Drafted(id)) = app.look(staff.cookie(), &place(what)).await.ok()? else { return None };
    let view = app.office.notice(&staff.actor, id).await.ok()?;
    (view.notice.state == NoticeState::Draft).then_some(id)
}

/// Remembers what was just drafted.
pub async fn remember(app: &App, staff: &Staff, what: &Sha256Hex, id: NoticeId) {
    // The draft is there in any case; at worst the same form makes another.
    app.leave(staff.cookie(), &place(what), Left::Drafted(id)).await.ok();
}

fn place(what: &Sha256Hex) -> String {
    format!("drafted {what}")
}
