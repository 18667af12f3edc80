import {_t} from "@web/core/l10n/translation";
import {Component, markup, useEffect, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const HOLES = 12.7; // mm from one hole of a tractor strip to the next (half an inch)
const HOLE_RADIUS = 2;
const PIXELS = 96 / 25.4; // of a screen, per mm

/**
 * The pages of a print layout, as the server has drawn them, on their paper: tractor
 * strips, rulers, printed area, one tab for each copy.
 */
export class PrintPreviewField extends Component {
    static template = "crm_sales_funnel.PrintPreviewField";
    static props = {
        ...standardFieldProps,
        backgroundField: {type: String, optional: true},
    };

    setup() {
        this.state = useState({
            page: 0,
            copy: 0,
            realSize: false,
            rulers: true,
            background: true,
        });
        useEffect(
            () => {
                this.state.copy = Math.min(this.state.copy, this.copies.length - 1);
                this.state.copy = Math.max(this.state.copy, 0);
                const last = Math.max(this.pages.length - 1, 0);
                this.state.page = Math.min(this.state.page, last);
            },
            () => [this.preview],
        );
    }

    get preview() {
        return this.props.record.data[this.props.name] || {pages: []};
    }

    get copies() {
        return this.preview.copies || [];
    }

    /** The pages of the chosen copy. */
    get pages() {
        const pages = this.preview.pages || [];
        if (!this.copies.length) {
            return pages;
        }
        return pages.filter((page) => page.copy === this.state.copy + 1);
    }

    get page() {
        return this.pages[Math.min(this.state.page, this.pages.length - 1)];
    }

    get paper() {
        return this.preview.paper;
    }

    /** A sheet that is higher than wide stands beside the form; the last one that was
     * shown, while nothing can be printed. */
    get isTall() {
        if (this.paper) {
            this.wasTall = this.paper.height > this.paper.width;
        }
        return this.wasTall;
    }

    get area() {
        return this.preview.area;
    }

    /** Made and escaped by the server (tools/printing/html.py). */
    get svg() {
        return markup(this.page.svg);
    }

    get sheetStyle() {
        const {width, height} = this.paper;
        const size = this.state.realSize
            ? `width:${width * PIXELS}px;flex:none;`
            : `max-width:calc(var(--preview-height) * ${width / height});`;
        return `aspect-ratio:${width}/${height};${size}`;
    }

    get viewBox() {
        return `0 0 ${this.paper.width} ${this.paper.height}`;
    }

    get holes() {
        const {width, height, strip} = this.paper;
        const holes = [];
        if (strip) {
            for (let y = HOLES / 2; y < height; y += HOLES) {
                holes.push({x: strip / 3, y}, {x: width - strip / 3, y});
            }
        }
        return holes.map((hole) => ({...hole, r: HOLE_RADIUS}));
    }

    /** Marks of a ruler: every 5 mm, a number every 20 mm. */
    marks(length) {
        const marks = [];
        for (let at = 5; at < length; at += 5) {
            marks.push({at, size: at % 10 ? 1.2 : 2.2, label: at % 20 ? "" : at});
        }
        return marks;
    }

    get background() {
        const {record, backgroundField} = this.props;
        const value = backgroundField && record.data[backgroundField];
        if (!value || !this.state.background) {
            return "";
        }
        // A file that was just chosen is here itself, else there is only its size.
        if (value.length > 100) {
            return `data:image;base64,${value}`;
        }
        const query = new URLSearchParams({
            model: record.resModel,
            id: record.resId,
            field: backgroundField,
            unique: record.data.write_date?.ts || "",
        });
        return `/web/image?${query}`;
    }

    get hasBackground() {
        return Boolean(this.props.record.data[this.props.backgroundField]);
    }

    get overflow() {
        const names = new Set((this.page && this.page.overflow) || []);
        if (!names.size) {
            return "";
        }
        return _t("Does not fit: %s", [...names].join(", "));
    }

    get strange() {
        const columns = this.preview.strange || [];
        return columns.length
            ? _t(
                  "This kind of document does not have what these columns show: %s. Choose another content for them, or remove them.",
                  columns.join(", "),
              )
            : "";
    }

    get unknown() {
        const keys = (this.preview.unknown || []).map((key) => `{${key}}`);
        return keys.length
            ? _t(
                  "This kind of document does not have these fields of header and footer: %s. Replace them, or remove them.",
                  keys.join(" "),
              )
            : "";
    }

    get language() {
        return this.preview.language
            ? _t(
                  "The language %s of this layout is not active any more: it prints in the customer's language. Choose another one, or none.",
                  this.preview.language,
              )
            : "";
    }

    get leftOut() {
        const texts = new Set((this.page && this.page.left_out) || []);
        return texts.size
            ? _t("Left out, as the fields are empty: %s", [...texts].join(", "))
            : "";
    }

    get more() {
        return this.preview.more
            ? _t("%s more pages are not shown.", this.preview.more)
            : "";
    }

    turn(step) {
        const last = this.pages.length - 1;
        this.state.page = Math.max(0, Math.min(last, this.state.page + step));
    }

    toggle(name) {
        this.state[name] = !this.state[name];
    }

    choose(copy) {
        this.state.copy = copy;
        this.state.page = 0;
    }
}

export const printPreviewField = {
    component: PrintPreviewField,
    displayName: _t("Print preview"),
    supportedTypes: ["json"],
    extractProps: ({options}) => ({backgroundField: options.background_field}),
};

registry.category("fields").add("funnel_print_preview", printPreviewField);
