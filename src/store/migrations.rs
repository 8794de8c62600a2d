//! The migrations of both databases, in the program. A file is named by its number and what it is about, and listed here once.

use crate::office::ports::StoreError;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

/// A migration: the name of its file, and the statements in it.
type Embedded = (&'static str, &'static str);

/// Embeds the files of a folder.
macro_rules! embedded {
    ($folder:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!($folder, "/", $name, ".sql")))),*]
    };
}

/// Embeds the migrations of a database from its folder. Both have the same.
macro_rules! migrations {
    ($folder:literal) => {
        embedded!($folder:
            "0001_office" "0002_records" "0003_sealing" "0004_copies" "0005_fixity" "0006_scale" "0007_transfer" "0008_access"
            "0009_searches" "0010_workers" "0011_memory" "0012_words" "0014_shelves" "0015_texts" "0016_tray" "0017_filters"
            "0018_api" "0019_notice_changes" "0020_accounts" "0023_delivery" "0024_print_packages" "0025_paper"
            "0026_reorganisations" "0027_wishes" "0028_proof_trees" "0029_notice_proofs" "0030_rehearsals" "0031_browsers"
        )
    };
}

const SQLITE: &[Embedded] = migrations!("sqlite/migrations");
const POSTGRES: &[Embedded] = migrations!("postgres/migrations");

/// Returns the migrations of SQLite.
pub(super) fn sqlite() -> Result<Migrator, StoreError> {
    migrator(SQLITE)
}

/// Returns the migrations of PostgreSQL.
pub(super) fn postgres() -> Result<Migrator, StoreError> {
    migrator(POSTGRES)
}

fn migrator(all: &[Embedded]) -> Result<Migrator, StoreError> {
    let migrations = all.iter().map(|(name, sql)| {
        let unnamed = || StoreError::Damaged(format!("{name} is no name of a migration"));
        let (number, about) = name.split_once('_').ok_or_else(unnamed)?;
        let number = number.parse().map_err(|_| unnamed())?;
        let sql = AssertSqlSafe((*sql).to_owned()).into_sql_str();
        Ok(Migration::new(number, about.replace('_', " ").into(), MigrationType::Simple, sql, false))
    });
    Ok(Migrator::with_migrations(migrations.collect::<Result<_, StoreError>>()?))
}
