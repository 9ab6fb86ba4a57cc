"""What a person reads when a field does not fit, instead of a validator's English."""

from collections.abc import Iterable, Mapping
from typing import Any

#: By the kind of error pydantic names; the rest is covered by `_OTHER`.
_SENTENCES = {
    "missing": "Mục này cần được điền.",
    "string_too_short": "Mục này cần được điền.",
    "string_too_long": "Nội dung quá dài.",
    "string_type": "Mục này phải là chữ.",
    "too_short": "Hãy chọn ít nhất một mục.",
    "too_long": "Đã chọn quá nhiều mục.",
    "int_parsing": "Mục này phải là một số.",
    "int_type": "Mục này phải là một số.",
    "float_parsing": "Mục này phải là một số.",
    "float_type": "Mục này phải là một số.",
    "finite_number": "Mục này phải là một số.",
    "greater_than_equal": "Số này quá nhỏ.",
    "less_than_equal": "Số này quá lớn.",
    "enum": "Hãy chọn một trong các mục có sẵn.",
    "literal_error": "Hãy chọn một trong các mục có sẵn.",
    "bool_parsing": "Hãy chọn có hoặc không.",
    "extra_forbidden": "Hệ thống không biết mục này.",
    "json_invalid": "Nội dung gửi đi không đọc được.",
}
_DATES = "Ngày giờ chưa đúng. Ví dụ: 06/03/2026 14:00."
_OTHER = "Mục này chưa đúng."


def field_sentences(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """`[{field, kind, message}]`: the field as a dotted path without "body", the kind for programs, the sentence for
    people. What was sent is not repeated."""
    found = []
    for error in errors:
        place = [str(part) for part in error.get("loc", ()) if part not in {"body", "query", "path"}]
        kind = str(error.get("type", ""))
        sentence = _SENTENCES.get(kind) or (_DATES if kind.startswith(("date", "time")) else _OTHER)
        found.append({"field": ".".join(place), "kind": kind, "message": sentence})
    return found
