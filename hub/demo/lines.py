"""Lines of minutes of demo sessions (domain dossier 7.3). Fictional."""

from dataclasses import dataclass

from hub.minutes.models import LineCheck, LineKind

STATEMENT, EVIDENCE = LineKind.STATEMENT, LineKind.EVIDENCE
CONCLUSION, TASK, INCIDENT = LineKind.CONCLUSION, LineKind.TASK, LineKind.INCIDENT
ANSWER = LineKind.ANSWER


@dataclass(frozen=True)
class DemoLine:
    """`time`: wall clock in Lạng Sơn, "14:05"."""

    time: str
    speaker: str
    kind: LineKind
    text: str
    interpreted: bool = False
    check: LineCheck = LineCheck.UNHEARD
    note: str = ""


CHAIR, SLINH, DU = "Ông Đỗ Quang Thử", "Ông Hoàng Văn Slình", "Bà Vy Thị Dụ"
DINH, THU = "Ông Trịnh Văn Giả Định", "Ông Ngô Văn Phép Thử"
HEARD = LineCheck.CORRECT

PH_2026_012: tuple[DemoLine, ...] = (
    DemoLine(
        "14:05",
        CHAIR,
        STATEMENT,
        "Nêu lý do, nội quy, quyền và nghĩa vụ của các bên; thông báo buổi đối thoại được ghi âm, ghi hình.",
        check=HEARD,
    ),
    DemoLine(
        "14:08", SLINH, ANSWER, "Đồng ý ghi âm, ghi hình (phiếu đồng ý số 03/MẪU).", interpreted=True, check=HEARD
    ),
    DemoLine("14:13", DINH, STATEMENT, "Hồ sơ giao đất năm 1998 ghi đất trồng rừng.", check=HEARD),
    DemoLine(
        "14:16",
        DINH,
        STATEMENT,
        "Hiện trạng có 310 m2 trồng cây lâu năm từ trước năm 2004.",
        check=LineCheck.NEEDS_CORRECTION,
        note="Nghe rõ “từ năm 2003”. Chuyển thư ký lập phụ lục.",
    ),
    DemoLine(
        "14:27",
        SLINH,
        STATEMENT,
        "Khiếu nại Quyết định số 15/QĐ-MẪU về việc phê duyệt phương án bồi thường đối với thửa đất số 99 (1.240 m2), "
        "đề nghị xác định lại loại đất và đơn giá.",
        interpreted=True,
        check=HEARD,
    ),
    DemoLine(
        "14:31",
        SLINH,
        STATEMENT,
        "Không đồng ý áp giá đất rừng cho toàn bộ thửa; đề nghị đo lại phần 310 m2.",
        interpreted=True,
    ),
    DemoLine("14:38", SLINH, EVIDENCE, "Xuất trình 02 ảnh và 01 biên bản họp thôn (bản chụp).", interpreted=True),
    DemoLine(
        "14:41",
        "",
        INCIDENT,
        "Điểm cầu xã Na Dương mất tín hiệu hình; buổi đối thoại tạm dừng và tiếp tục lúc 14 giờ 45 phút khi đã kết nối "
        "lại, các bên không có ý kiến khác.",
    ),
    DemoLine("14:52", DU, ANSWER, "Thống nhất kiểm tra thực địa phần 310 m2; giữ nguyên các nội dung khác."),
    DemoLine(
        "14:58",
        THU,
        STATEMENT,
        "Đề nghị kiểm tra thực địa có sự chứng kiến của ông Slình và thôn.",
    ),
    DemoLine(
        "15:06",
        CHAIR,
        CONCLUSION,
        "Thống nhất: kiểm tra thực địa phần diện tích 310 m2 trước ngày 16/3/2026. Chưa thống nhất: đơn giá đối với "
        "phần còn lại (930 m2).",
    ),
    DemoLine(
        "15:09",
        CHAIR,
        TASK,
        "Giao UBND xã Na Dương chủ trì, Sở Nông nghiệp và Môi trường phối hợp kiểm tra, báo cáo Chủ tịch UBND tỉnh "
        "trước ngày 20/3/2026; thông báo kết quả cho ông Slình.",
    ),
    DemoLine("15:18", SLINH, ANSWER, "Đồng ý nội dung kiểm tra thực địa; bảo lưu ý kiến về đơn giá.", interpreted=True),
    DemoLine("15:24", CHAIR, STATEMENT, "Biên bản được đọc lại bằng tiếng Việt và tiếng Nùng cho mọi người cùng nghe."),
)

PH_2026_013: tuple[DemoLine, ...] = (
    DemoLine(
        "09:50",
        "Ông Chu Văn Đạt",
        STATEMENT,
        "Trình bày việc đã đến Trụ sở Tiếp công dân Trung ương 3 lần, đề nghị được giao suất tái định cư.",
    ),
    DemoLine("10:12", "", INCIDENT, "Điểm cầu xã Chi Lăng mất tín hiệu hình 6 phút, tiếng vẫn nghe rõ."),
    DemoLine(
        "10:31",
        "Ông Nông Văn Mẫu",
        CONCLUSION,
        "Tổ chức đối thoại tại xã Chi Lăng với đủ các hộ; Tổ công tác đưa công dân về địa phương trong ngày.",
    ),
)
