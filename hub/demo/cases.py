"""The twelve demo cases (domain dossier 7.1). All people, projects and numbers are fictional."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.cases.models import CaseKind, CaseLabelKind
from hub.cases.schemas import CreateCase, NewLabel, NewParty
from hub.people.service import NewPerson
from hub.units.models import Unit
from hub.units.province import ENVIRONMENT

COMPLAINT, DENUNCIATION = CaseKind.COMPLAINT, CaseKind.DENUNCIATION
PETITION, FEEDBACK = CaseKind.PETITION, CaseKind.FEEDBACK
MASS, COMPLEX = CaseLabelKind.MASS, CaseLabelKind.COMPLEX
PROLONGED, OVER_LEVEL = CaseLabelKind.PROLONGED, CaseLabelKind.OVER_LEVEL

#: Why a label sits on a case (domain, section 6: classification).
REASONS = {
    MASS: "Từ 5 người trở lên cùng một nội dung",
    COMPLEX: "Ý kiến các cơ quan còn khác nhau",
    PROLONGED: "Quá thời hạn giải quyết theo quy định",
    OVER_LEVEL: "Đã đến Trụ sở Tiếp công dân Trung ương khi cấp dưới đang giải quyết",
}


@dataclass(frozen=True)
class DemoCase:
    """`people`: name, honorific, year of birth. `unit`: code of the commune, empty where it is hidden."""

    number: int
    people: tuple[tuple[str, str, int | None], ...]
    unit: str
    kind: CaseKind
    field_name: str
    subject: str
    summary: str
    stage: str
    deadline: date | None
    instance: int | None = None
    count: int = 1
    labels: tuple[CaseLabelKind, ...] = ()
    language: str = ""
    capacity: str = "Người trình bày"
    units: tuple[str, ...] = field(default=())

    @property
    def code(self) -> str:
        return f"LS-2026-{self.number:04d}"

    def to_create(self, units: Mapping[str, Unit]) -> CreateCase:
        return CreateCase(
            kind=self.kind,
            field=self.field_name,
            subject=self.subject,
            summary=self.summary,
            unit_id=units[self.unit].id if self.unit else None,
            instance=self.instance,
            people_count=self.count,
            stage=self.stage,
            next_deadline=self.deadline,
            parties=tuple(
                NewParty(
                    NewPerson(name, honorific, year, self.language, units[self.unit].id if self.unit else None),
                    self.capacity,
                )
                for name, honorific, year in self.people
            ),
            labels=tuple(NewLabel(label, REASONS[label], date(2026, 6, 30)) for label in self.labels),
            case_units=tuple(units[code].id for code in self.units),
        )


CASES: tuple[DemoCase, ...] = (
    DemoCase(
        1,
        (("Hoàng Văn Slình", "ông", 1962),),
        "06526",
        COMPLAINT,
        "Bồi thường",
        "Đơn giá bồi thường đất trồng rừng",
        "Không đồng ý đơn giá đất trồng rừng bị thu hồi làm đường liên xã (giả định). Khiếu nại Quyết định số "
        "15/QĐ-MẪU về phương án bồi thường đối với thửa đất số 99 (1.240 m2).",
        "Chờ đối thoại",
        date(2026, 3, 12),
        instance=2,
        labels=(PROLONGED,),
        language="Nùng",
        capacity="Người khiếu nại",
        units=(ENVIRONMENT,),
    ),
    DemoCase(
        2,
        (("Nông Thị Pết", "bà", 1970), ("Lương Văn Coóng", "ông", 1966), ("Vi Thị Mai", "bà", 1979)),
        "06385",
        PETITION,
        "Môi trường",
        "Mỏ đá gây bụi, nứt nhà, xin di dời",
        "23 hộ ở gần mỏ đá (giả định) phản ánh bụi và nứt nhà khi nổ mìn, đề nghị được di dời.",
        "Đang kiểm tra hiện trường",
        date(2026, 3, 20),
        count=23,
        labels=(MASS, COMPLEX),
        capacity="Người đại diện",
        units=(ENVIRONMENT,),
    ),
    DemoCase(
        3,
        (("Triệu Sành Phin", "ông", 1958),),
        "06220",
        FEEDBACK,
        "Chế độ chính sách",
        "Hỏi chế độ người có công bị dừng",
        "Đề nghị cho biết lý do dừng chi trả chế độ người có công từ năm 2025.",
        "Đã hướng dẫn",
        None,
        language="Dao",
    ),
    DemoCase(
        4,
        (("Lý Thị Mấy", "bà", 1985),),
        "06184",
        COMPLAINT,
        "Cấp giấy chứng nhận quyền sử dụng đất",
        "Chậm cấp giấy chứng nhận từ năm 2021",
        "Hồ sơ đề nghị cấp giấy chứng nhận nộp từ năm 2021, chưa có kết quả.",
        "Thụ lý",
        date(2026, 4, 6),
        instance=1,
        capacity="Người khiếu nại",
    ),
    DemoCase(
        5,
        (("Bế Văn Thành", "ông", 1974), ("Bế Thị Hạnh", "bà", 1977)),
        "06040",
        COMPLAINT,
        "Tranh chấp đất đai",
        "Hai nhà chồng lấn ranh đất ao",
        "Ranh giới đất ao giữa hai gia đình chồng lấn trên bản đồ địa chính.",
        "Hòa giải cơ sở",
        date(2026, 3, 27),
        instance=1,
        count=2,
        capacity="Người khiếu nại",
    ),
    DemoCase(
        6,
        (("Mạc Văn Ẩn", "ông", 1971),),
        "",
        DENUNCIATION,
        "Quản lý tài chính",
        "Tố cáo khai khống công trình thôn",
        "Tố cáo việc khai khống khối lượng một công trình thôn (giả định).",
        "Xác minh điều kiện",
        date(2026, 3, 10),
        capacity="Người tố cáo",
    ),
    DemoCase(
        7,
        (("Chu Văn Đạt", "ông", 1969), ("Lâm Thị Nhung", "bà", 1972)),
        "06463",
        COMPLAINT,
        "Tái định cư",
        "Đòi suất tái định cư",
        "Đã đến Trụ sở Tiếp công dân Trung ương 3 lần (09/2024, 04/2025, 11/2025). Năm 2019 có quyết định thu hồi "
        "(MẪU-11), năm 2021 quyết định giải quyết lần một (MẪU-12), năm 2023 quyết định lần hai (MẪU-13). Bên bị "
        "khiếu nại: UBND huyện cũ, kế thừa là UBND xã Chi Lăng.",
        "Chuẩn bị đối thoại tại Trung ương",
        date(2026, 3, 9),
        instance=2,
        count=9,
        labels=(MASS, PROLONGED, OVER_LEVEL),
        capacity="Người đại diện",
    ),
    DemoCase(
        8,
        (("Hứa Văn Kẻo", "ông", 1950),),
        "06325",
        PETITION,
        "Đất rừng",
        "Đề nghị đo lại rừng cộng đồng",
        "Đề nghị đo lại diện tích rừng giao cho cộng đồng thôn.",
        "Chuyển Sở Nông nghiệp và Môi trường",
        date(2026, 3, 18),
        language="Tày",
        units=(ENVIRONMENT,),
    ),
    DemoCase(
        9,
        (("Đặng Thị Xuyến", "bà", 1990),),
        "06187",
        FEEDBACK,
        "Xây dựng",
        "Chợ tạm lấn vỉa hè",
        "Phản ánh chợ tạm lấn chiếm vỉa hè vào buổi sáng.",
        "Trả lời trực tiếp, xong",
        None,
    ),
    DemoCase(
        10,
        (("Tô Văn Phúc", "ông", 1981),),
        "06529",
        COMPLAINT,
        "Kỷ luật",
        "Giáo viên khiếu nại quyết định kỷ luật",
        "Không đồng ý hình thức kỷ luật tại quyết định của nhà trường (giả định).",
        "Chờ hồ sơ",
        date(2026, 3, 16),
        instance=1,
        capacity="Người khiếu nại",
    ),
    DemoCase(
        11,
        (("Phùng Văn Khải", "ông", 1976),),
        "06445",
        COMPLAINT,
        "Thu hồi đất",
        "6 hộ khiếu nại việc thu hồi đất",
        "6 hộ, đã có quyết định giải quyết lần hai, vẫn khiếu nại.",
        "Xem xét ra thông báo từ chối (Điều 9.3)",
        date(2026, 3, 25),
        instance=2,
        count=6,
        labels=(MASS, PROLONGED),
        capacity="Người đại diện",
    ),
    DemoCase(
        12,
        (("Ma Thị Ngân", "bà", 1968),),
        "06313",
        PETITION,
        "Trợ cấp",
        "Xin hỗ trợ khuyết tật",
        "Người khiếm thính, xin hỗ trợ khuyết tật, cần người hỗ trợ khi làm việc.",
        "Hẹn ngày tiếp xã",
        date(2026, 3, 11),
        language="Tày",
    ),
)
