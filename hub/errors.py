"""Why the office refuses: a stable code for programs, one HTTP status, one Vietnamese sentence, one English one.

The live part has codes of its own (`signaling.protocol.errors`); they are mapped to HTTP here too, so that a page or the
API can pass on what a node said. What may not be seen and what does not exist are both `NOT_FOUND`, always.
"""

from dataclasses import dataclass
from enum import StrEnum

from signaling.protocol.errors import SENTENCES
from signaling.protocol.errors import Code as LiveCode

__all__ = ["ENTRIES", "AnyCode", "Code", "Entry", "LiveCode", "Refused"]


class Code(StrEnum):
    """Codes never change their meaning. None of them is a code of the live part."""

    SIGN_IN_NEEDED = "SIGN_IN_NEEDED"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGN_IN_TOO_OFTEN = "SIGN_IN_TOO_OFTEN"
    DEMO_REFUSED = "DEMO_REFUSED"
    PERMISSION_MISSING = "PERMISSION_MISSING"
    NOT_FOUND = "NOT_FOUND"
    METHOD_REFUSED = "METHOD_REFUSED"
    INPUT_INVALID = "INPUT_INVALID"
    INPUT_TOO_LARGE = "INPUT_TOO_LARGE"
    CSRF_REFUSED = "CSRF_REFUSED"
    HOST_REFUSED = "HOST_REFUSED"
    RANGE_REFUSED = "RANGE_REFUSED"

    ACCOUNT_EXISTS = "ACCOUNT_EXISTS"
    ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN"
    ROLE_UNFIT = "ROLE_UNFIT"
    UNIT_UNKNOWN = "UNIT_UNKNOWN"
    SITE_UNKNOWN = "SITE_UNKNOWN"
    CASE_UNKNOWN = "CASE_UNKNOWN"
    UNIT_NOT_YOURS = "UNIT_NOT_YOURS"

    START_IN_PAST = "START_IN_PAST"
    END_BEFORE_START = "END_BEFORE_START"
    CHAIR_UNFIT = "CHAIR_UNFIT"
    OFFICIAL_CANNOT_READ = "OFFICIAL_CANNOT_READ"
    SEAT_DUPLICATE = "SEAT_DUPLICATE"
    TURNS_MISSING = "TURNS_MISSING"
    CASE_TWICE = "CASE_TWICE"
    SITE_WITHOUT_TURN = "SITE_WITHOUT_TURN"
    SITE_NOT_INVITED = "SITE_NOT_INVITED"
    SEALED_ALONE = "SEALED_ALONE"
    SESSION_ALREADY_OPEN = "SESSION_ALREADY_OPEN"
    SESSION_NOT_JOINABLE = "SESSION_NOT_JOINABLE"
    SESSION_CALLED_OFF = "SESSION_CALLED_OFF"
    SEAT_NOT_YOURS = "SEAT_NOT_YOURS"
    TURN_OVER = "TURN_OVER"
    SEAT_OUTSIDE_TURN = "SEAT_OUTSIDE_TURN"
    CONSENT_BY_DUTY = "CONSENT_BY_DUTY"

    LINE_CHANGED_ELSEWHERE = "LINE_CHANGED_ELSEWHERE"
    LINE_REMOVED = "LINE_REMOVED"
    LINES_UNHEARD = "LINES_UNHEARD"
    MINUTES_SIGNED_OFF = "MINUTES_SIGNED_OFF"

    NODE_UNAVAILABLE = "NODE_UNAVAILABLE"
    NODE_KEY_REFUSED = "NODE_KEY_REFUSED"
    DATABASE_BUSY = "DATABASE_BUSY"
    DATABASE_OLD = "DATABASE_OLD"
    INTERNAL = "INTERNAL"

    PORT_IN_USE = "PORT_IN_USE"
    DATA_FOLDER_UNWRITABLE = "DATA_FOLDER_UNWRITABLE"
    ALREADY_RUNNING = "ALREADY_RUNNING"


AnyCode = Code | LiveCode


class Refused(Exception):
    """A request is refused; nothing accepted before it is lost. `details` are figures and ids for the caller."""

    def __init__(self, code: AnyCode, **details: object) -> None:
        super().__init__(code.value)
        self.code = code
        self.details = details

    @property
    def entry(self) -> "Entry":
        return ENTRIES[self.code]


@dataclass(frozen=True)
class Entry:
    """`sentence`: what happened, whether anything is lost, what to do next. `english` for developers and logs."""

    status: int
    sentence: str
    english: str


_OFFICE: dict[AnyCode, Entry] = {
    Code.SIGN_IN_NEEDED: Entry(
        401, "Ông/bà chưa đăng nhập hoặc phiên đăng nhập đã hết hạn. Hãy đăng nhập lại.", "No valid sign-in."
    ),
    Code.SIGN_IN_FAILED: Entry(
        401,
        "Tên đăng nhập hoặc mật khẩu không đúng. Hãy thử lại hoặc gọi quản trị viên.",
        "Wrong user name or password.",
    ),
    Code.SIGN_IN_TOO_OFTEN: Entry(
        429, "Đã thử đăng nhập quá nhiều lần. Hãy đợi 15 phút rồi thử lại.", "Too many attempts to sign in."
    ),
    Code.DEMO_REFUSED: Entry(
        403,
        "Tài khoản mẫu chỉ dùng được trên chính máy chủ này. Hãy dùng tài khoản thật.",
        "Demo accounts are refused on a public address.",
    ),
    Code.PERMISSION_MISSING: Entry(
        403,
        "Ông/bà không có quyền thực hiện việc này. Hãy gọi thư ký nếu cần.",
        "The reader's roles do not allow this.",
    ),
    Code.NOT_FOUND: Entry(
        404, "Không có nội dung này, hoặc ông/bà không được xem.", "Does not exist or may not be seen."
    ),
    Code.METHOD_REFUSED: Entry(405, "Địa chỉ này không nhận thao tác vừa gửi.", "Method not allowed."),
    Code.INPUT_INVALID: Entry(
        422, "Có mục chưa điền đúng. Những gì đã nhập vẫn còn, hãy sửa mục được báo.", "Input is not valid."
    ),
    Code.INPUT_TOO_LARGE: Entry(413, "Nội dung gửi đi quá lớn. Chưa có gì được lưu.", "Request body too large."),
    Code.CSRF_REFUSED: Entry(
        403, "Trang đã cũ nên chưa lưu được. Hãy tải lại trang rồi làm lại.", "CSRF token or origin missing or wrong."
    ),
    Code.HOST_REFUSED: Entry(400, "Địa chỉ trang không phải của hệ thống này.", "Unknown Host header."),
    Code.RANGE_REFUSED: Entry(
        416, "Không gửi được đoạn bản ghi vừa yêu cầu. Hãy tải lại trang.", "Only one satisfiable range is served."
    ),
    Code.ACCOUNT_EXISTS: Entry(409, "Tên đăng nhập này đã có người dùng.", "User name is taken."),
    Code.ACCOUNT_UNKNOWN: Entry(422, "Không có người này trong danh sách tài khoản.", "No such account."),
    Code.ROLE_UNFIT: Entry(
        422, "Vai trò này không dành cho đơn vị đã chọn.", "The role cannot be held at a unit of this kind."
    ),
    Code.UNIT_UNKNOWN: Entry(422, "Không có đơn vị này.", "No such unit."),
    Code.SITE_UNKNOWN: Entry(422, "Không có điểm cầu này.", "No such site."),
    Code.CASE_UNKNOWN: Entry(422, "Không có vụ việc này, hoặc ông/bà không được xem.", "No such case for this reader."),
    Code.UNIT_NOT_YOURS: Entry(
        403, "Ông/bà chỉ lập được vụ việc của đơn vị mình.", "A commune creates cases of its own unit only."
    ),
    Code.START_IN_PAST: Entry(422, "Giờ bắt đầu đã qua. Hãy chọn giờ khác.", "The planned start is in the past."),
    Code.END_BEFORE_START: Entry(422, "Giờ kết thúc phải sau giờ bắt đầu.", "The planned end is not after the start."),
    Code.CHAIR_UNFIT: Entry(
        422,
        "Người chủ trì phải là lãnh đạo, thanh tra hoặc trưởng điểm cầu.",
        "The chair is not a leader, inspector or site head.",
    ),
    Code.OFFICIAL_CANNOT_READ: Entry(
        409,
        "Có người được phân công chưa được xem một vụ việc trong buổi. Hãy chọn người khác.",
        "Chair, secretary, reviewer and officials must be readers of every case they sit with.",
    ),
    Code.SEAT_DUPLICATE: Entry(
        422, "Có người hoặc điểm cầu được xếp hai lần trong buổi.", "A person or a site has two seats."
    ),
    Code.TURNS_MISSING: Entry(422, "Buổi tiếp phải có ít nhất một lượt.", "A session has at least one turn."),
    Code.CASE_TWICE: Entry(422, "Một vụ việc được xếp hai lượt trong cùng buổi.", "A case is listed twice."),
    Code.SITE_WITHOUT_TURN: Entry(
        422, "Có điểm cầu được mời mà không ngồi ở lượt nào.", "An invited site takes part in no turn."
    ),
    Code.SITE_NOT_INVITED: Entry(
        422, "Lượt tiếp có điểm cầu chưa được mời vào buổi.", "A turn names an uninvited site."
    ),
    Code.SEALED_ALONE: Entry(
        409,
        "Vụ việc kín phải tiếp riêng: buổi tiếp kín, nhiều nhất một điểm cầu ngoài điểm chính, không ghi hình.",
        "A sealed case needs a sealed session: one other site at most, no other cases, never recorded.",
    ),
    Code.SESSION_ALREADY_OPEN: Entry(
        409, "Buổi tiếp đã khai mạc trước đó. Ông/bà có thể vào phòng ngay.", "The session is open already."
    ),
    Code.SESSION_NOT_JOINABLE: Entry(
        409,
        "Chưa đến giờ vào phòng. Phòng mở trước giờ bắt đầu 60 phút.",
        "Joining begins 60 minutes before the start.",
    ),
    Code.SESSION_CALLED_OFF: Entry(
        409, "Buổi tiếp đã hoãn hoặc hủy. Hãy xem lịch mới.", "The session was postponed or cancelled."
    ),
    Code.SEAT_NOT_YOURS: Entry(
        403,
        "Chỗ này dành cho người hoặc điểm cầu khác. Hãy gọi điều phối nếu cần.",
        "The seat belongs to somebody else.",
    ),
    Code.TURN_OVER: Entry(409, "Lượt tiếp đã kết thúc nên không thêm người được nữa.", "The turn is over."),
    Code.SEAT_OUTSIDE_TURN: Entry(422, "Chỗ này không ngồi trong lượt tiếp đã chọn.", "The seat is not in this turn."),
    Code.CONSENT_BY_DUTY: Entry(
        409,
        "Người thi hành công vụ được thông báo ghi hình, không phải hỏi ý kiến.",
        "Officials on duty are recorded by notice.",
    ),
    Code.LINE_CHANGED_ELSEWHERE: Entry(
        409,
        "Dòng này vừa được sửa ở nơi khác. Cả hai bản đều còn, hãy chọn bản đúng.",
        "The line has another version than the one that was edited.",
    ),
    Code.LINE_REMOVED: Entry(409, "Dòng này đã được xóa ở nơi khác.", "The line was removed."),
    Code.LINES_UNHEARD: Entry(
        409, "Còn dòng chưa được nghe lại. Hãy nghe và đánh dấu hết trước khi hoàn tất.", "Lines are still unheard."
    ),
    Code.MINUTES_SIGNED_OFF: Entry(
        409, "Biên bản đã rà soát xong nên không sửa được. Nội dung thêm phải lập phụ lục.", "The minutes are reviewed."
    ),
    Code.NODE_UNAVAILABLE: Entry(
        503,
        "Máy chủ cuộc gọi chưa sẵn sàng. Không có gì bị mất, hãy thử lại sau vài giây.",
        "No media node is connected.",
    ),
    Code.NODE_KEY_REFUSED: Entry(401, "Khóa của máy chủ cuộc gọi không đúng.", "The node's key is wrong."),
    Code.DATABASE_BUSY: Entry(
        503,
        "Hệ thống đang bận nên chưa lưu được. Những gì đã lưu vẫn còn, hãy thử lại sau vài giây.",
        "The database did not answer in time.",
    ),
    Code.DATABASE_OLD: Entry(
        503, "Cơ sở dữ liệu chưa được nâng cấp. Hãy chạy lệnh hub migrate.", "The database lacks migrations."
    ),
    Code.INTERNAL: Entry(
        500,
        "Hệ thống gặp lỗi khi xử lý yêu cầu này. Những gì đã lưu vẫn còn. Hãy thử lại hoặc gọi quản trị viên.",
        "An unexpected error.",
    ),
    Code.PORT_IN_USE: Entry(
        503, "Cổng mạng đã có chương trình khác dùng. Hãy dừng chương trình đó hoặc đổi cổng.", "A port is in use."
    ),
    Code.DATA_FOLDER_UNWRITABLE: Entry(
        503,
        "Không ghi được vào thư mục dữ liệu. Hãy kiểm tra đường dẫn và quyền.",
        "The data folder cannot be written.",
    ),
    Code.ALREADY_RUNNING: Entry(
        409, "Hệ thống đang chạy với thư mục dữ liệu này rồi.", "Another supervisor holds this data folder."
    ),
}

_LIVE: dict[LiveCode, tuple[int, str]] = {
    LiveCode.PASS_INVALID: (403, "The join pass is not valid."),
    LiveCode.PASS_EXPIRED: (403, "The join pass has expired."),
    LiveCode.PASS_USED: (403, "The join pass was used before."),
    LiveCode.PASS_OTHER_NODE: (409, "The session lives on another node."),
    LiveCode.GENERATION_OLD: (409, "The placement has a newer generation."),
    LiveCode.ROOM_UNKNOWN: (409, "The node has no such room yet."),
    LiveCode.SEAT_UNKNOWN: (404, "The session has no such seat."),
    LiveCode.SEAT_TAKEN_OVER: (409, "The seat was opened on another device."),
    LiveCode.RESUME_UNKNOWN: (403, "The resume token is not known."),
    LiveCode.REVOKED: (403, "The right to the seat was revoked."),
    LiveCode.HELLO_MISSING: (408, "No join pass came in time."),
    LiveCode.ORIGIN_REFUSED: (403, "The page's origin is not this system's."),
    LiveCode.MESSAGE_UNKNOWN: (400, "The message was not understood."),
    LiveCode.MESSAGE_TOO_LARGE: (413, "The message is too large."),
    LiveCode.TOO_MANY_MESSAGES: (429, "Too many messages."),
    LiveCode.PROTOCOL_UNSUPPORTED: (426, "The page is too old for this node."),
    LiveCode.SDP_INVALID: (400, "The session description is not valid."),
    LiveCode.SDP_UNEXPECTED: (409, "The session description came out of order."),
    LiveCode.NOT_ALLOWED: (403, "The seat's role does not allow this."),
    LiveCode.NOT_ADMITTED: (409, "The seat was not admitted."),
    LiveCode.SESSION_NOT_OPEN: (409, "The session is not open yet."),
    LiveCode.SESSION_CLOSED: (409, "The session is closed."),
    LiveCode.TURN_UNKNOWN: (404, "The session has no such turn."),
    LiveCode.TURN_ALREADY_RUNNING: (409, "A turn is running."),
    LiveCode.TURN_NOT_RUNNING: (409, "No turn is running."),
    LiveCode.TURN_ENDED: (409, "The turn has ended."),
    LiveCode.CONSENT_MISSING: (409, "Somebody was not asked for consent yet."),
    LiveCode.RECORDING_NEVER: (409, "This kind of session is never recorded."),
    LiveCode.ATTENDANCE_UNKNOWN: (404, "The turn has no such person."),
    LiveCode.NODE_STOPPING: (503, "The node is stopping."),
    LiveCode.NODE_BROKEN: (500, "The room failed in the node."),
}

ENTRIES: dict[AnyCode, Entry] = {
    **_OFFICE,
    **{code: Entry(status, SENTENCES[code], english) for code, (status, english) in _LIVE.items()},
}
