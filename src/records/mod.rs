//! Nouns and rules of records: file plan, record file, record, retention, hold, disposal. Plans; never deletes.
