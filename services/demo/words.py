"""The names that the seeded company's leads are made of; nobody in it exists."""

from typing import Final

FAMILY: Final = (
    ("青木", "aoki"), ("石井", "ishii"), ("上田", "ueda"), ("遠藤", "endo"), ("大野", "ono"), ("岡本", "okamoto"),
    ("小川", "ogawa"), ("片山", "katayama"), ("金子", "kaneko"), ("木村", "kimura"), ("久保", "kubo"),
    ("近藤", "kondo"), ("斎藤", "saito"), ("坂本", "sakamoto"), ("清水", "shimizu"), ("杉山", "sugiyama"),
    ("高木", "takagi"), ("竹内", "takeuchi"), ("千葉", "chiba"), ("土屋", "tsuchiya"), ("中島", "nakajima"),
    ("西村", "nishimura"), ("野口", "noguchi"), ("橋本", "hashimoto"), ("長谷川", "hasegawa"), ("平野", "hirano"),
    ("福田", "fukuda"), ("藤田", "fujita"), ("星野", "hoshino"), ("前田", "maeda"), ("松本", "matsumoto"),
    ("三浦", "miura"), ("宮崎", "miyazaki"), ("村上", "murakami"), ("森", "mori"), ("矢野", "yano"),
    ("横山", "yokoyama"), ("和田", "wada"),
)  # fmt: skip
GIVEN: Final = (
    "愛", "明", "恵", "和也", "香織", "健太", "浩二", "早紀", "俊介", "純子", "真一", "千尋", "剛", "哲也", "直美",
    "典子", "秀樹", "博之", "舞", "誠", "雅子", "美穂", "康弘", "優子", "由美", "良太", "亮介", "玲奈",
)  # fmt: skip
COMPANY_STEMS: Final = (
    "あおば", "朝日野", "アルファ", "イースト", "海浜", "エイト", "大江", "神田", "北斗", "共栄", "グリーン", "桜坂",
    "三和", "汐見", "瑞穂", "泉", "創和", "大和田", "高砂", "中央", "東光", "トライ", "日興", "ネクスト", "白鳥",
    "ひばり", "富士見", "ブルー", "平成", "星ヶ丘", "みどり", "港", "南", "明和", "やまと", "優和", "陽光", "若葉",
)  # fmt: skip
COMPANY_ENDS: Final = {
    "製造": ("製作所", "工業", "精機", "化学", "電機"),
    "IT": ("システムズ", "ソフト", "テクノロジー", "データ"),
    "金融": ("キャピタル", "リース", "信用保証"),
    "人材": ("スタッフィング", "キャリア", "人材開発"),
    "小売": ("ストア", "商事", "百貨店"),
    "建設": ("建設", "住建", "設備"),
    "運輸": ("物流", "運輸", "ロジスティクス"),
    "医療": ("メディカル", "医療機器", "ヘルスケア"),
}
PREFECTURES: Final = (
    ("東京都", 40), ("神奈川県", 10), ("大阪府", 12), ("愛知県", 8), ("福岡県", 6), ("埼玉県", 5), ("千葉県", 4),
    ("兵庫県", 4), ("京都府", 3), ("北海道", 3), ("広島県", 3), ("宮城県", 2),
)  # fmt: skip
DEPARTMENTS: Final = (
    ("情報システム部", 18), ("経営企画部", 10), ("営業企画部", 14), ("DX推進室", 10), ("総務部", 16), ("人事部", 10),
    ("製造部", 12), ("購買部", 10),
)  # fmt: skip
TITLES: Final = {
    "executive": ("代表取締役", "取締役", "執行役員"),
    "director": ("部長", "本部長"),
    "manager": ("課長", "マネージャー", "係長"),
    "staff": ("主任", "担当", ""),
    "student": ("学生",),
}
TITLE_LEVELS: Final = (("executive", 6), ("director", 16), ("manager", 30), ("staff", 48))
SOURCES: Final = (("web", 34), ("exhibition", 24), ("webinar", 18), ("ad", 14), ("referral", 10))
CASE_STUDIES: Final = (
    ("case-seiki", "精密機器メーカーの導入事例"), ("case-data", "SaaS企業の導入事例"),
    ("case-jinzai", "人材会社の導入事例"),
)  # fmt: skip
WHITE_PAPERS: Final = (
    ("wp-handoff", "部門間の引き渡しの手引き"), ("wp-scoring", "リードスコアリング入門"), ("wp-kpi", "営業KPIの設計"),
)  # fmt: skip
SCANNER_AGENTS: Final = (
    "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
    "Mozilla/5.0 SafeLinks",
    "BarracudaCentral/2.0",
)
MEMOS: Final = (
    "来期の予算で検討したいとのこと", "現行システムの更新が秋にある", "他社と比較中。導入事例を見たい",
    "部門間の引き継ぎ漏れが課題", "上長に提案するための資料が欲しい",
)  # fmt: skip
