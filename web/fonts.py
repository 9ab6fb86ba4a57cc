"""Builds the screen font: Be Vietnam Pro, subset to what Vietnamese and English pages write, as woff2.

The source is the OFL wheel `fontpkg-be-vietnam-pro`; the result is not committed. Run `python -m web.fonts`.
"""

from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import otTables
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent

STATIC = Path(__file__).resolve().parent / "static"
FOLDER = STATIC / "fonts"

#: CSS weight → file of the wheel. The design uses these four and no italics.
WEIGHTS = {400: "Regular", 500: "Medium", 600: "SemiBold", 700: "Bold"}

#: Basic Latin and Latin-1, Ă ă Đ đ Ĩ ĩ Ũ ũ Ơ ơ Ư ư, combining marks of Vietnamese, Latin Extended Additional
#: (precomposed letters with two marks), hyphen, dashes, quotes, bullet, ellipsis, đồng, minus.
UNICODES = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *(0x102, 0x103, 0x110, 0x111, 0x128, 0x129, 0x168, 0x169, 0x1A0, 0x1A1, 0x1AF, 0x1B0),
    *(0x300, 0x301, 0x303, 0x309, 0x323),
    *range(0x1EA0, 0x1EFA),
    *(0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x20AB, 0x2212),
]

#: Kerning, and mark placement for letters typed decomposed; `tnum` is added by `add_tabular_figures`.
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "liga"]


def add_tabular_figures(font: TTFont) -> None:
    """Gives the font the feature `tnum`, which Be Vietnam Pro lacks: its "1" is half as wide as its "4", so that a
    running clock would jump. Each figure gets a twin centred in the width of "0"."""
    names = [font.getBestCmap()[ord(figure)] for figure in "0123456789"]
    # the round figures' width; the wider "4" reaches into the air beside it
    width = font["hmtx"][font.getBestCmap()[ord("0")]][0]
    mapping = {}
    for name in names:
        twin = f"{name}.tf"
        part = GlyphComponent()
        part.glyphName, part.x, part.y = name, (width - font["hmtx"][name][0]) // 2, 0
        part.flags = 0x4  # ROUND_XY_TO_GRID; without USE_MY_METRICS, which would undo the width
        glyph = Glyph()
        glyph.numberOfContours, glyph.components = -1, [part]
        font["glyf"][twin] = glyph
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][twin] = (width, glyph.xMin)
        mapping[name] = twin

    table = font["GSUB"].table
    single = otTables.SingleSubst()
    single.mapping = mapping
    lookup = otTables.Lookup()
    lookup.LookupType, lookup.LookupFlag, lookup.SubTable, lookup.SubTableCount = 1, 0, [single], 1
    table.LookupList.Lookup.append(lookup)
    feature = otTables.Feature()
    feature.FeatureParams, feature.LookupListIndex = None, [len(table.LookupList.Lookup) - 1]
    record = otTables.FeatureRecord()
    record.FeatureTag, record.Feature = "tnum", feature
    table.FeatureList.FeatureRecord.append(record)
    number = len(table.FeatureList.FeatureRecord) - 1
    for script in table.ScriptList.ScriptRecord:
        systems = [script.Script.DefaultLangSys, *(named.LangSys for named in script.Script.LangSysRecord)]
        for system in systems:
            if system is not None:
                system.FeatureIndex.append(number)


def build(folder: Path = FOLDER) -> list[Path]:
    """Writes `BeVietnamPro-<weight>.woff2` for each weight and the licence beside them. Returns the font paths."""
    folder.mkdir(parents=True, exist_ok=True)
    source = Path(str(files("fontpkg_be_vietnam_pro")))
    made = []
    for weight, name in WEIGHTS.items():
        options = subset.Options()
        options.flavor = "woff2"
        options.layout_features = FEATURES
        options.hinting = False
        font = subset.load_font(str(source / "files" / f"BeVietnamPro-{name}.ttf"), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=UNICODES)
        subsetter.subset(font)
        add_tabular_figures(font)
        path = folder / f"BeVietnamPro-{weight}.woff2"
        # The bytes are the same on every run: the head table's time stamp is the source font's.
        subset.save_font(font, str(path), options)
        made.append(path)
    (folder / "OFL.txt").write_bytes((source / "LICENSE").read_bytes())
    return made


def main() -> None:
    for path in build():
        print(f"{path.name}: {path.stat().st_size / 1024:.1f} KiB")


if __name__ == "__main__":
    main()
