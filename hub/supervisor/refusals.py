"""Why the system does not start: a stable code for programs, a Vietnamese sentence for people."""

from enum import StrEnum


class StartCode(StrEnum):
    SETTINGS_INVALID = "SETTINGS_INVALID"
    DATA_FOLDER_UNWRITABLE = "DATA_FOLDER_UNWRITABLE"
    ALREADY_RUNNING = "ALREADY_RUNNING"
    PORT_IN_USE = "PORT_IN_USE"
    BIND_UNKNOWN = "BIND_UNKNOWN"
    KEY_UNUSABLE = "KEY_UNUSABLE"
    MIGRATION_FAILED = "MIGRATION_FAILED"
    SEED_FAILED = "SEED_FAILED"
    NOT_READY = "NOT_READY"
    NOT_RUNNING = "NOT_RUNNING"
    STOP_TIMED_OUT = "STOP_TIMED_OUT"
    DEMO_OFF_LOOPBACK = "DEMO_OFF_LOOPBACK"


#: What happened, whether anything is lost, what to do next.
SENTENCES: dict[StartCode, str] = {
    StartCode.SETTINGS_INVALID: "Thiết lập không hợp lệ: {detail}. Chưa khởi động gì. Hãy sửa biến môi trường rồi chạy lại.",
    StartCode.DATA_FOLDER_UNWRITABLE: "Không ghi được vào thư mục dữ liệu {path} ({detail}). Chưa khởi động gì. "
    "Hãy cấp quyền ghi hoặc đặt HUB_DATA_DIR sang thư mục khác.",
    StartCode.ALREADY_RUNNING: "Hệ thống đã chạy trên thư mục dữ liệu {path} (tiến trình {pid}). "
    "Dùng «hub status» để xem, «hub stop» để dừng.",
    StartCode.PORT_IN_USE: "Cổng {port} ({purpose}) đang được chương trình khác dùng. Chưa khởi động gì. "
    "Hãy dừng chương trình đó hoặc đặt {variable} sang cổng khác.",
    StartCode.BIND_UNKNOWN: "Địa chỉ {bind} không phải địa chỉ của máy này. Chưa khởi động gì. Hãy sửa HUB_BIND.",
    StartCode.KEY_UNUSABLE: "Tệp khóa trong {path} không dùng được ({detail}). Tệp được giữ nguyên, chưa khởi động gì. "
    "Hãy khôi phục tệp từ bản sao lưu.",
    StartCode.MIGRATION_FAILED: "Không cập nhật được cơ sở dữ liệu: {detail}. Dữ liệu cũ còn nguyên, chưa khởi động gì.",
    StartCode.SEED_FAILED: "Không nạp được dữ liệu mẫu: {detail}. Chưa khởi động gì.",
    StartCode.NOT_READY: "Tiến trình {name} không sẵn sàng. Các tiến trình vừa khởi động đã được dừng lại. "
    "Xem nhật ký tại {path}.",
    StartCode.NOT_RUNNING: "Hệ thống không chạy trên thư mục dữ liệu {path}.",
    StartCode.STOP_TIMED_OUT: "Tiến trình {name} không dừng đúng hạn nên đã bị buộc dừng. Những gì đã ghi vẫn còn.",
    StartCode.DEMO_OFF_LOOPBACK: "Tài khoản mẫu bị từ chối vì hệ thống mở ra ngoài máy này (HUB_BIND={bind}). "
    "Mật khẩu mẫu ai cũng biết; nếu thật sự muốn trình diễn trên mạng nội bộ, đặt HUB_ALLOW_DEMO=1.",
}


class StartRefused(Exception):
    """The system does not start; nothing that ran before was touched."""

    def __init__(self, code: StartCode, **details: object) -> None:
        super().__init__(code.value)
        self.code = code
        self.details = details

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code].format(**self.details)

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"
