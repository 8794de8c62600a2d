//! Forms of characters that are read as one: what is written today, and what was written before or stands in names.
//!
//! The first part are the forms in brackets of the 常用漢字表 (内閣告示 2010: いわゆる康熙字典体). Those that Unicode has as
//! compatibility characters alone (U+FA19 for 神, U+FA1B for 福 …) are not here: NFKC makes them the form of today. The second
//! part are forms of 人名用漢字別表 and of 印刷標準字体, and those that names of people and places are written with in family
//! registers: a search that knows a name by one form finds it by the other, and so does a hold.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Groups with spaces between: the form of today, then those that are read as it.
const JOYO: &str = "
亜亞 悪惡 圧壓 囲圍 為爲 医醫 壱壹 隠隱 栄榮 営營 衛衞 駅驛 円圓 縁緣 艶艷 塩鹽 奥奧 応應 横橫 欧歐 殴毆
桜櫻 穏穩 温溫 仮假 価價 画畫 会會 絵繪 壊壞 懐懷 拡擴 殻殼 覚覺 学學 岳嶽 楽樂 渇渴 缶罐 巻卷 陥陷 勧勸
寛寬 歓歡 関關 観觀 顔顏 気氣 帰歸 亀龜 偽僞 戯戲 犠犧 旧舊 拠據 挙擧 虚虛 峡峽 挟挾 狭狹 郷鄕 暁曉 区區
駆驅 勲勳 薫薰 径徑 恵惠 掲揭 渓溪 経經 蛍螢 軽輕 継繼 鶏鷄 芸藝 撃擊 欠缺 倹儉 剣劍 圏圈 検檢 権權 献獻
県縣 研硏 険險 顕顯 験驗 厳嚴 広廣 効效 恒恆 黄黃 鉱鑛 号號 国國 黒黑 砕碎 済濟 斎齋 剤劑 雑雜 参參 桟棧
蚕蠶 惨慘 賛贊 残殘 糸絲 歯齒 児兒 辞辭 湿濕 実實 写寫 釈釋 寿壽 収收 従從 渋澁 獣獸 縦縱 粛肅 処處 緒緖
叙敍 将將 称稱 渉涉 焼燒 証證 奨奬 条條 状狀 乗乘 浄淨 剰剩 畳疊 縄繩 壌壤 嬢孃 譲讓 醸釀 触觸 嘱囑 真眞
寝寢 慎愼 尽盡 図圖 粋粹 酔醉 穂穗 随隨 髄髓 枢樞 数數 瀬瀨 声聲 斉齊 静靜 窃竊 摂攝 専專 浅淺 戦戰 践踐
銭錢 潜潛 繊纖 禅禪 双雙 壮壯 争爭 荘莊 捜搜 挿插 巣巢 曽曾 痩瘦 装裝 総總 騒騷 増增 蔵藏 臓臟 即卽 属屬
続續 堕墮 対對 体體 帯帶 滞滯 台臺 滝瀧 択擇 沢澤 担擔 胆膽 単單 団團 断斷 弾彈 遅遲 痴癡 虫蟲 昼晝 鋳鑄
庁廳 徴徵 聴聽 勅敕 鎮鎭 逓遞 鉄鐵 点點 転轉 伝傳 灯燈 当當 党黨 盗盜 稲稻 闘鬪鬭 徳德 独獨 読讀 届屆 弐貳
悩惱 脳腦 覇霸 拝拜 廃廢 売賣 麦麥 発發 髪髮 抜拔 蛮蠻 秘祕 浜濱 瓶甁 払拂 仏佛 並竝 併倂 餅餠 辺邊 変變
弁辨瓣辯 舗舖 歩步 宝寶 褒襃 豊豐 翻飜 毎每 万萬 満滿 麺麵 黙默 弥彌 訳譯 薬藥 与與 予豫 余餘 誉譽 揺搖
様樣 謡謠 来來 頼賴 乱亂 覧覽 竜龍 両兩 猟獵 緑綠 涙淚 塁壘 礼禮 励勵 戻戾 霊靈 齢齡 暦曆 歴歷 恋戀 錬鍊
炉爐 労勞 郎郞 楼樓 録錄 湾灣 概槪 晩晚 姫姬 隷隸 茎莖
";

/// The same for what the table passes over.
const NAMES: &str = "
斉斎 辺邉 崎﨑嵜㟢 高髙 浜濵 吉𠮷 島嶋嶌 富冨 峰峯 柳栁桺 桑桒 橋槗𣘺 館舘 園薗 野埜 秋穐 土圡𡈽 鶴靏靍鸖
淵渕渊 昇曻 松枩 京亰 梅楳 塚塜 尭堯 彦彥 桧檜 篭籠 薮藪 蕊蘂 瑶瑤 凛凜 祷禱 禄祿 祢禰 槙槇 尚尙 聡聰 芦蘆
晋晉 巌巖 侠俠 蝉蟬 繋繫 鴬鶯 鴎鷗 撹攪 潅灌 麹麴 諌諫 焔焰 莱萊 掴摑 醤醬 噛嚙 屏屛 溌潑 涜瀆 戸戶 内內
呉吳 告吿 説說 鋭銳 悦悅 脱脫 税稅 閲閱 青靑 清淸 教敎 産產 歳歲 毀毁 強强 兎兔 没沒 絶絕 刊刋 別别 册冊
涼凉 減减 況况 決决 沖冲 準凖 煙烟 裏裡 略畧 群羣 鉱礦 草艸 隣鄰 回囘 因囙 俊儁 杯盃 仙僊 年秊 闊濶 皐皋
曳曵 衆眾 床牀 宜冝 熙煕凞 雁鴈 鰺鯵 砺礪 蛎蠣 壷壺 梼檮 賎賤 頚頸 涛濤 迩邇 蝋蠟 鹸鹼 靭靱 姉姊 遥遙
剥剝 頬頰 填塡 叱𠮟
";

static FORMS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let mut forms = HashMap::new();
    for group in JOYO.split_whitespace().chain(NAMES.split_whitespace()) {
        let mut chars = group.chars();
        if let Some(today) = chars.next() {
            forms.extend(chars.map(|old| (old, today)));
        }
    }
    forms
});

/// Returns the form of today of a character; itself where it has no other.
pub(super) fn form_of_today(c: char) -> char {
    let once = FORMS.get(&c).copied().unwrap_or(c);
    // 齋 is 斎, and that is read as 斉.
    FORMS.get(&once).copied().unwrap_or(once)
}
