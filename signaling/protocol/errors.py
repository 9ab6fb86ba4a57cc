"""Why the live part refuses: a stable code for programs, a Vietnamese sentence for people.

Codes never change their meaning. `hub.errors` maps the same codes to HTTP.
"""

from enum import StrEnum


class Code(StrEnum):
    PASS_INVALID = "PASS_INVALID"
    PASS_EXPIRED = "PASS_EXPIRED"
    PASS_USED = "PASS_USED"
    PASS_OTHER_NODE = "PASS_OTHER_NODE"
    GENERATION_OLD = "GENERATION_OLD"
    ROOM_UNKNOWN = "ROOM_UNKNOWN"
    SEAT_UNKNOWN = "SEAT_UNKNOWN"
    SEAT_TAKEN_OVER = "SEAT_TAKEN_OVER"
    RESUME_UNKNOWN = "RESUME_UNKNOWN"
    REVOKED = "REVOKED"
    HELLO_MISSING = "HELLO_MISSING"
    ORIGIN_REFUSED = "ORIGIN_REFUSED"
    MESSAGE_UNKNOWN = "MESSAGE_UNKNOWN"
    MESSAGE_TOO_LARGE = "MESSAGE_TOO_LARGE"
    TOO_MANY_MESSAGES = "TOO_MANY_MESSAGES"
    PROTOCOL_UNSUPPORTED = "PROTOCOL_UNSUPPORTED"
    SDP_INVALID = "SDP_INVALID"
    SDP_UNEXPECTED = "SDP_UNEXPECTED"
    NOT_ALLOWED = "NOT_ALLOWED"
    NOT_ADMITTED = "NOT_ADMITTED"
    SESSION_NOT_OPEN = "SESSION_NOT_OPEN"
    SESSION_CLOSED = "SESSION_CLOSED"
    TURN_UNKNOWN = "TURN_UNKNOWN"
    TURN_ALREADY_RUNNING = "TURN_ALREADY_RUNNING"
    TURN_NOT_RUNNING = "TURN_NOT_RUNNING"
    TURN_ENDED = "TURN_ENDED"
    CONSENT_MISSING = "CONSENT_MISSING"
    RECORDING_NEVER = "RECORDING_NEVER"
    ATTENDANCE_UNKNOWN = "ATTENDANCE_UNKNOWN"
    NODE_STOPPING = "NODE_STOPPING"
    NODE_BROKEN = "NODE_BROKEN"


#: What a person reads. What happened, whether anything is lost, what to do next.
SENTENCES: dict[Code, str] = {
    Code.PASS_INVALID: "Giấy vào phòng không hợp lệ. Hãy mở lại buổi tiếp từ trang Hôm nay.",
    Code.PASS_EXPIRED: "Giấy vào phòng đã hết hạn. Hệ thống sẽ xin giấy mới, ông/bà không phải làm gì.",
    Code.PASS_USED: "Giấy vào phòng đã được dùng. Hãy mở lại buổi tiếp từ trang Hôm nay.",
    Code.PASS_OTHER_NODE: "Buổi tiếp đang ở máy chủ khác. Hệ thống đang nối sang máy chủ đó.",
    Code.GENERATION_OLD: "Buổi tiếp đã chuyển sang máy chủ khác. Hệ thống đang nối lại.",
    Code.ROOM_UNKNOWN: "Máy chủ chưa mở phòng này. Hệ thống sẽ thử lại sau vài giây.",
    Code.SEAT_UNKNOWN: "Không có chỗ này trong buổi tiếp. Hãy gọi điều phối để được thêm vào.",
    Code.SEAT_TAKEN_OVER: "Chỗ này vừa được mở trên một thiết bị khác nên kết nối ở đây đã đóng.",
    Code.RESUME_UNKNOWN: "Không nối lại được chỗ cũ. Hệ thống đang xin giấy vào phòng mới.",
    Code.REVOKED: "Quyền vào buổi tiếp của ông/bà đã được thu hồi. Hãy gọi điều phối nếu cần.",
    Code.HELLO_MISSING: "Thiết bị không gửi giấy vào phòng đúng hạn nên kết nối đã đóng.",
    Code.ORIGIN_REFUSED: "Trang gọi đến không phải trang của hệ thống.",
    Code.MESSAGE_UNKNOWN: "Máy chủ không hiểu yêu cầu vừa gửi. Cuộc gọi không bị ảnh hưởng.",
    Code.MESSAGE_TOO_LARGE: "Yêu cầu gửi đi quá lớn nên kết nối đã đóng. Hệ thống đang nối lại.",
    Code.TOO_MANY_MESSAGES: "Thiết bị gửi quá nhiều yêu cầu trong thời gian ngắn nên kết nối đã đóng.",
    Code.PROTOCOL_UNSUPPORTED: "Trang đang mở đã cũ. Hãy tải lại trang.",
    Code.SDP_INVALID: "Không thiết lập được đường truyền hình và tiếng với thiết bị này. Hãy tải lại trang.",
    Code.SDP_UNEXPECTED: "Đường truyền được thiết lập sai thứ tự. Hãy tải lại trang.",
    Code.NOT_ALLOWED: "Ông/bà không có quyền thực hiện việc này trong buổi tiếp.",
    Code.NOT_ADMITTED: "Người này chưa được mời vào phòng.",
    Code.SESSION_NOT_OPEN: "Buổi tiếp chưa khai mạc. Thư ký khai mạc ở trang của buổi tiếp.",
    Code.SESSION_CLOSED: "Buổi tiếp đã kết thúc. Biên bản và bản ghi đã được lưu.",
    Code.TURN_UNKNOWN: "Không có lượt tiếp này trong buổi.",
    Code.TURN_ALREADY_RUNNING: "Đang có một lượt tiếp. Hãy kết thúc lượt đó trước khi sang lượt khác.",
    Code.TURN_NOT_RUNNING: "Hiện không có lượt tiếp nào đang diễn ra.",
    Code.TURN_ENDED: "Lượt tiếp này đã kết thúc, không mở lại được.",
    Code.CONSENT_MISSING: "Còn người chưa được hỏi ý kiến về ghi âm, ghi hình. Hãy hỏi và ghi nhận trước khi bắt đầu ghi.",
    Code.RECORDING_NEVER: "Loại buổi tiếp này không được ghi âm, ghi hình.",
    Code.ATTENDANCE_UNKNOWN: "Không có người này trong lượt tiếp.",
    Code.NODE_STOPPING: "Máy chủ đang dừng để bảo trì. Hệ thống sẽ nối lại.",
    Code.NODE_BROKEN: "Máy chủ gặp lỗi ở phòng này. Những gì đã ghi vẫn còn. Hệ thống đang nối lại.",
}


class Refusal(Exception):
    """A request is refused; nothing accepted before it is lost."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code]
