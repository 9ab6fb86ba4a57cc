"""Demo accounts, at least one for every role. All names are invented."""

from dataclasses import dataclass

from hub.accounts.models import AccountRole as R
from hub.units.province import CENTRAL, ENVIRONMENT, INSPECTORATE, PROVINCE

#: One password for all of them: they are refused on every address but this machine's own.
PASSWORD = "diemcau-2026"

NA_DUONG, HUU_LUNG, CHI_LANG, TRI_LE = "06526", "06385", "06463", "06313"


@dataclass(frozen=True)
class DemoPerson:
    username: str
    full_name: str
    honorific: str
    title: str
    unit: str
    role: R


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson("lanhdao", "Đỗ Quang Thử", "ông", "Phó Chủ tịch UBND tỉnh", PROVINCE, R.LEADER),
    DemoPerson("chutich", "Nông Văn Mẫu", "ông", "Chủ tịch UBND tỉnh", PROVINCE, R.LEADER),
    DemoPerson("thuky", "Lê Thị Minh Họa", "bà", "Chuyên viên Ban Tiếp công dân tỉnh", PROVINCE, R.SECRETARY),
    DemoPerson("rasoat", "Vi Văn Đối Chiếu", "ông", "Người rà soát biên bản", PROVINCE, R.REVIEWER),
    DemoPerson("vanthu", "Lương Thị Số Hiệu", "bà", "Văn thư Văn phòng UBND tỉnh", PROVINCE, R.RECORDS_CLERK),
    DemoPerson("dieuphoi", "Hứa Văn Kết Nối", "ông", "Điều phối điểm cầu", PROVINCE, R.DISPATCHER),
    DemoPerson("tiepdan", "Bế Thị Lắng Nghe", "bà", "Người tiếp công dân", PROVINCE, R.RECEIVING_OFFICER),
    DemoPerson("chanhthanhtra", "Dương Văn Kiểm Thử", "ông", "Chánh Thanh tra tỉnh", INSPECTORATE, R.INSPECTOR),
    DemoPerson("thanhtra", "Ngô Văn Phép Thử", "ông", "Thanh tra viên, Thanh tra tỉnh", INSPECTORATE, R.INSPECTOR),
    DemoPerson(
        "sonnmt", "Trịnh Văn Giả Định", "ông", "Đại diện Sở Nông nghiệp và Môi trường", ENVIRONMENT, R.DEPARTMENT
    ),
    DemoPerson("naduong", "Hoàng Thị Ví Dụ", "bà", "Công chức tiếp công dân xã Na Dương", NA_DUONG, R.COMMUNE_OFFICER),
    DemoPerson("naduong-ct", "Vy Thị Dụ", "bà", "Phó Chủ tịch UBND xã Na Dương", NA_DUONG, R.SITE_HEAD),
    DemoPerson(
        "huulung", "Hoàng Văn Thí Điểm", "ông", "Công chức tiếp công dân xã Hữu Lũng", HUU_LUNG, R.COMMUNE_OFFICER
    ),
    DemoPerson("chilang", "Lý Thị Mẫu Đơn", "bà", "Công chức tiếp công dân xã Chi Lăng", CHI_LANG, R.COMMUNE_OFFICER),
    DemoPerson("trile", "Ma Văn Tạm", "ông", "Công chức tiếp công dân xã Tri Lễ", TRI_LE, R.COMMUNE_OFFICER),
    DemoPerson("trile-ct", "Hà Văn Giả Sử", "ông", "Chủ tịch UBND xã Tri Lễ", TRI_LE, R.SITE_HEAD),
    DemoPerson(
        "trunguong", "Phạm Thị Trung Ương", "bà", "Cán bộ Trụ sở Tiếp công dân Trung ương", CENTRAL, R.CENTRAL_OFFICER
    ),
    DemoPerson("tocongtac", "Chu Văn Đồng Hành", "ông", "Tổ công tác tỉnh Lạng Sơn", CENTRAL, R.TASK_GROUP_MEMBER),
    DemoPerson("kiemtoan", "Đinh Văn Nhật Ký", "ông", "Kiểm toán truy cập", PROVINCE, R.AUDITOR),
    DemoPerson("quantri", "Tạ Văn Máy Chủ", "ông", "Quản trị hệ thống", PROVINCE, R.ADMIN),
)
