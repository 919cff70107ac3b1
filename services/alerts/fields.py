"""The usual fields of a handover, in words: by language, by the field's name."""

from collections.abc import Mapping
from typing import Final

FIELDS_EN: Final[Mapping[str, str]] = {
    "problem": "problem",
    "timing": "timing",
    "budget": "budget",
    "decision_makers": "decision-makers",
    "next_date": "next meeting",
    "promises": "promises",
    "contract_start": "start of the contract",
    "success_criteria": "criteria of success",
    "name": "name",
    "company": "company",
    "title": "title",
    "department": "department",
    "phone": "telephone",
    "email": "e-mail",
    "industry": "industry",
    "employees": "employees",
}
FIELDS_JA: Final[Mapping[str, str]] = {
    "problem": "課題",
    "timing": "導入時期",
    "budget": "予算",
    "decision_makers": "決裁者",
    "next_date": "次回の面談日",
    "promises": "約束したこと",
    "contract_start": "契約開始日",
    "success_criteria": "成功の基準",
    "name": "氏名",
    "company": "会社名",
    "title": "役職",
    "department": "部署",
    "phone": "電話番号",
    "email": "メールアドレス",
    "industry": "業種",
    "employees": "従業員数",
}
