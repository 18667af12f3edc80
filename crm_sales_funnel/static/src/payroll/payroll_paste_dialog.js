import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {useAutofocus, useService} from "@web/core/utils/hooks";

/** Rows that were copied from a spreadsheet: taken over when all are understood. */
export class PayrollPasteDialog extends Component {
    static template = "crm_sales_funnel.PayrollPasteDialog";
    static components = {Dialog};
    static props = {
        close: Function,
        text: String,
        columns: Array,
        company: Number,
        take: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({text: this.props.text, errors: [], busy: false});
        useAutofocus({refName: "text"});
    }

    async onTake() {
        this.state.busy = true;
        try {
            const items = this.props.columns.map((column) => column.id);
            const read = await this.orm.call("funnel.payroll", "read_paste", [
                this.state.text,
                items,
                this.props.company,
            ]);
            this.state.errors = read.errors;
            if (!read.errors.length) {
                await this.props.take(read.rows);
                this.props.close();
            }
        } finally {
            this.state.busy = false;
        }
    }
}
