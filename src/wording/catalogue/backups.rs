//! Backups of the whole city: why one cannot be made, checked or restored.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    ("backup-not-set-up", "控えを取る設定がありません。city.toml の [backup] に store（置き場所）と recipients（控えを開ける者の公開鍵）を書いてください。", "There is no [backup] in city.toml: name a store and recipients."),
    ("backup-no-horizon", "控えを残す日数（keep_days）は、1日から backup_horizon_days までです。これより長く残すと、廃棄した文書の鍵が控えに残ります。", "Backups are kept for one day to backup_horizon_days; longer, they would hold keys of what was destroyed."),
    ("backup-no-store", "控えの置き場所に、目印（BACKUPS）がありません。ディスクがつながっているか確かめてください。初めてなら backup init で作ってください。", "The folder has no mark of a store of backups; is its disk there? `backup init` makes a new one."),
    ("backup-other-city", "別の市、または別の保存庫の控えです。置き場所を確かめてください。", "These are the backups of another city or vault."),
    ("backup-busy", "別のプロセスが、控えの置き場所を使っています。終わってから、もう一度行ってください。", "Another process is at the store of backups; try again when it is done."),
    ("backup-in-the-way", "そこにはすでに何かがあります。上書きはしません。空の、またはまだない場所を指定してください。", "Something is there already and is not overwritten; name a place that is empty or not there."),
    ("backup-no-such-set", "そのような控えはありません。backup list で名前を確かめてください。", "There is no such backup; see `backup list`."),
    ("backup-expired", "控えの期限が過ぎています。後で廃棄した文書が戻るおそれがあります。それでも戻すときは --although-expired を付けてください。", "The backup's term is over: what was destroyed since may come back. To restore it all the same, say --although-expired."),
    ("backup-missing", "控えの一部がありません。別の控えを使ってください。", "A part of the backup is not there; use another backup."),
    ("backup-altered", "控えの一部が、書いたときのものと違います。壊れたか、書き換えられています。別の控えを使ってください。", "A part of the backup is not what was written: damaged or changed. Use another backup."),
    ("backup-mixed", "別の控えの部分が混じっています。別の控えを使ってください。", "A part belongs to another backup; use another one."),
    ("backup-forged", "この市の保存庫の主鍵を持つ者が書いたものではありません。誰かが置き換えたおそれがあります。使わないでください。", "It was not written by the holder of the city's master key; somebody may have put it there. Do not use it."),
    ("backup-wrong-identity", "渡された鍵では、この控えを開けません。city.toml の recipients に対応する鍵のファイルを --identity で渡してください。", "This identity does not open the backup; give the one that belongs to a recipient in city.toml."),
    ("backup-lacking", "控えにあるはずの文書が、欠けているか、変わっています。市の機械で backup check --mend を行い、控えを取り直してください。戻すときにほかの文書だけでも戻すには --although-lacking を付けてください。", "Packages of the backup are lacking or changed. On the city's machine run `backup check --mend` and make another backup; to restore the rest say --although-lacking."),
    ("backup-trial", "控えから戻してみたところ、元の市と合いません。この控えは使えません。", "Restored for a trial, the backup is not what was backed up; it does not count."),
    ("backup-no-trial-database", "PostgreSQL の控えは、戻せることを別の空のデータベースで確かめます。city.toml の [backup] に trial_database（確かめるときは --trial-database）を書いてください。", "A backup of PostgreSQL is tried in another, empty database: name it as trial_database under [backup], or by --trial-database."),
    ("package-bad-recipient", "控えを開ける者の公開鍵（age1…）として読めません。秘密鍵（AGE-SECRET-KEY-…）を書いていないか確かめてください。", "A recipient is no public key of age (age1…); make sure that it is no private key."),
    ("disposal-backups-remain", "廃棄より前の控えが、まだ残っています。backup prune で期限の過ぎた控えを消してから、証明してください。", "A backup from before the destruction is still there; `backup prune` takes away what is over."),
];
