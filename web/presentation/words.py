"""Vietnamese words, and signs, for every closed list that is shown. A test checks that no member lacks one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub.accounts.models import AccountRole
from hub.archive.models import RecordingRowState
from hub.cases.models import CaseClass, CaseKind, CaseLabelKind
from hub.minutes.models import LineCheck, LineKind, MinutesState
from hub.sessions.models import SessionKind, SessionState
from hub.units.models import UnitKind
from signaling.protocol.vocabulary import Consent, RecordingPolicy, Role, TurnState


@dataclass(frozen=True)
class Sign:
    """A state as a chip: tint ("", ready, wait, danger, now, off), icon and word; never colour alone."""

    tint: str
    icon: str
    word: str


ACCOUNT_ROLE: dict[AccountRole, str] = {
    AccountRole.LEADER: "Lãnh đạo",
    AccountRole.SECRETARY: "Thư ký",
    AccountRole.REVIEWER: "Người rà soát",
    AccountRole.RECORDS_CLERK: "Văn thư",
    AccountRole.DISPATCHER: "Điều phối điểm cầu",
    AccountRole.RECEIVING_OFFICER: "Cán bộ tiếp công dân",
    AccountRole.COMMUNE_OFFICER: "Công chức xã",
    AccountRole.SITE_HEAD: "Trưởng điểm cầu",
    AccountRole.DEPARTMENT: "Sở, ngành",
    AccountRole.INSPECTOR: "Thanh tra",
    AccountRole.CENTRAL_OFFICER: "Cán bộ Trụ sở Trung ương",
    AccountRole.TASK_GROUP_MEMBER: "Tổ công tác",
    AccountRole.AUDITOR: "Người kiểm tra nhật ký",
    AccountRole.ADMIN: "Quản trị viên",
}

SEAT_ROLE: dict[Role, str] = {
    Role.CHAIR: "Chủ trì",
    Role.SECRETARY: "Thư ký",
    Role.REVIEWER: "Người rà soát",
    Role.DISPATCHER: "Điều phối",
    Role.RECEIVING_OFFICER: "Cán bộ tiếp công dân",
    Role.SITE: "Điểm cầu",
    Role.CENTRAL_OFFICER: "Trụ sở Trung ương",
    Role.TASK_GROUP_MEMBER: "Tổ công tác",
    Role.DEPARTMENT: "Sở, ngành",
    Role.INSPECTOR: "Thanh tra",
    Role.INTERPRETER: "Phiên dịch",
    Role.GUEST: "Khách mời",
}

SESSION_KIND: dict[SessionKind, str] = {
    SessionKind.REGULAR: "Tiếp thường xuyên",
    SessionKind.PERIODIC: "Tiếp định kỳ",
    SessionKind.UNSCHEDULED: "Tiếp đột xuất",
    SessionKind.DIALOGUE: "Đối thoại",
    SessionKind.SEALED: "Tiếp kín",
    SessionKind.COMMUNE_DAY: "Ngày tiếp công dân xã",
}

SESSION_STATE: dict[SessionState, Sign] = {
    SessionState.PLANNED: Sign("", "calendar", "Đã lên lịch"),
    SessionState.LOBBY: Sign("wait", "clock", "Đang đón điểm cầu"),
    SessionState.OPEN: Sign("now", "screen", "Đang tiếp"),
    SessionState.CLOSED: Sign("off", "check", "Đã kết thúc"),
    SessionState.POSTPONED: Sign("wait", "clock", "Đã hoãn"),
    SessionState.CANCELLED: Sign("off", "close", "Đã hủy"),
}

TURN_STATE: dict[TurnState, Sign] = {
    TurnState.WAITING: Sign("", "clock", "Chờ đến lượt"),
    TurnState.RUNNING: Sign("now", "speaker", "Đang tiếp"),
    TurnState.PAUSED: Sign("wait", "pause", "Tạm dừng"),
    TurnState.ENDED: Sign("off", "check", "Đã xong"),
}

CASE_KIND: dict[CaseKind, str] = {
    CaseKind.COMPLAINT: "Khiếu nại",
    CaseKind.DENUNCIATION: "Tố cáo",
    CaseKind.PETITION: "Kiến nghị",
    CaseKind.FEEDBACK: "Phản ánh",
}

CASE_CLASS: dict[CaseClass, Sign] = {
    CaseClass.NORMAL: Sign("", "folder", "Thường"),
    CaseClass.RESTRICTED: Sign("wait", "lock", "Hạn chế"),
    CaseClass.SEALED: Sign("danger", "lock", "Kín"),
}

CASE_LABEL: dict[CaseLabelKind, str] = {
    CaseLabelKind.MASS: "Đông người",
    CaseLabelKind.COMPLEX: "Phức tạp",
    CaseLabelKind.PROLONGED: "Kéo dài",
    CaseLabelKind.OVER_LEVEL: "Vượt cấp",
    CaseLabelKind.HOTSPOT: "Điểm nóng",
}

LINE_KIND: dict[LineKind, str] = {
    LineKind.STATEMENT: "Trình bày",
    LineKind.QUESTION: "Hỏi",
    LineKind.ANSWER: "Trả lời",
    LineKind.EVIDENCE: "Chứng cứ",
    LineKind.CONCLUSION: "Kết luận",
    LineKind.TASK: "Giao việc",
    LineKind.INCIDENT: "Sự cố",
}

LINE_CHECK: dict[LineCheck, Sign] = {
    LineCheck.UNHEARD: Sign("off", "speaker-off", "Chưa nghe"),
    LineCheck.CORRECT: Sign("ready", "check", "Đúng"),
    LineCheck.NEEDS_CORRECTION: Sign("wait", "pencil", "Cần sửa"),
}

MINUTES_STATE: dict[MinutesState, Sign] = {
    MinutesState.DRAFT: Sign("wait", "pencil", "Đang soạn"),
    MinutesState.REVIEWED: Sign("ready", "check", "Đã rà soát"),
}

RECORDING_STATE: dict[RecordingRowState, Sign] = {
    RecordingRowState.WRITING: Sign("danger", "record", "Đang ghi"),
    RecordingRowState.COMPLETE: Sign("wait", "clock", "Đang làm bản nghe lại"),
    RecordingRowState.READY: Sign("ready", "play", "Nghe lại được"),
    RecordingRowState.FAILED: Sign("danger", "alert", "Bản ghi gặp lỗi"),
}

RECORDING_POLICY: dict[RecordingPolicy, str] = {
    RecordingPolicy.AFTER_ANNOUNCEMENT: "Ghi âm, ghi hình sau khi thông báo",
    RecordingPolicy.NEVER: "Không ghi âm, ghi hình",
}

CONSENT: dict[Consent, Sign] = {
    Consent.AUDIO_VIDEO: Sign("ready", "camera", "Ghi âm, ghi hình"),
    Consent.VOICE: Sign("now", "mic", "Chỉ ghi tiếng"),
    Consent.NONE: Sign("off", "record-off", "Không ghi"),
    Consent.UNDECIDED: Sign("wait", "clock", "Chưa hỏi"),
}

UNIT_KIND: dict[UnitKind, str] = {
    UnitKind.PROVINCE: "Cấp tỉnh",
    UnitKind.COMMUNE: "Xã",
    UnitKind.WARD: "Phường",
    UnitKind.DEPARTMENT: "Sở, ngành",
    UnitKind.INSPECTORATE: "Thanh tra",
    UnitKind.CENTRAL: "Trung ương",
}

#: Words of what the audit log calls actions; unknown ones are shown as they are.
AUDIT_ACTION: dict[str, str] = {
    "sign_in.made": "Đăng nhập",
    "sign_in.failed": "Đăng nhập không được",
    "sign_in.revoked": "Đăng xuất",
    "account.created": "Tạo tài khoản",
    "case.created": "Lập vụ việc",
    "case.read": "Mở vụ việc hạn chế hoặc kín",
    "case.reader_named": "Nêu tên người được xem",
    "session.planned": "Lên lịch buổi tiếp",
    "session.join_pass": "Cấp giấy vào phòng",
    "session.moved": "Chuyển buổi tiếp sang lần đặt mới",
    "session.opened": "Khai mạc buổi tiếp",
    "attendance.added": "Thêm người dự",
    "consent.recorded": "Ghi nhận ý kiến về ghi hình",
    "recording.played": "Mở bản ghi",
    "recording.chain_head": "Chốt chuỗi mã bản ghi",
    "recording.media_made": "Làm xong bản nghe lại",
    "line.removed": "Bỏ một dòng biên bản",
    "node.registered": "Ghi nhận máy chủ cuộc gọi",
    "node.key_changed": "Đổi khóa máy chủ cuộc gọi",
    "demo.seeded": "Nạp dữ liệu mẫu",
    "minutes.signed_off": "Hoàn tất rà soát biên bản",
}

_ALL: dict[type[StrEnum], Mapping[Any, str | Sign]] = {
    AccountRole: ACCOUNT_ROLE,
    Role: SEAT_ROLE,
    SessionKind: SESSION_KIND,
    SessionState: SESSION_STATE,
    TurnState: TURN_STATE,
    CaseKind: CASE_KIND,
    CaseClass: CASE_CLASS,
    CaseLabelKind: CASE_LABEL,
    LineKind: LINE_KIND,
    LineCheck: LINE_CHECK,
    MinutesState: MINUTES_STATE,
    RecordingRowState: RECORDING_STATE,
    RecordingPolicy: RECORDING_POLICY,
    Consent: CONSENT,
    UnitKind: UNIT_KIND,
}


def word(member: StrEnum) -> str:
    """The word for a member of any list above."""
    found = _ALL[type(member)][member]
    return found.word if isinstance(found, Sign) else found


def sign(member: StrEnum) -> Sign:
    """The chip for a member; plain where the list has words alone."""
    found = _ALL[type(member)][member]
    return found if isinstance(found, Sign) else Sign("", "", found)
