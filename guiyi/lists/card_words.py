"""登记表用语 (words of lists of cards): headings and words as people write them."""

from collections.abc import Mapping

from guiyi.lists.kinds import Headings

_ACTIVE = ("在用", "是否在用", "状态", "是否有效", "启用", "status")
_VERSION = ("版本", "card version")
MACHINES: Headings = {
    "id": ("设备编号", "机器编号", "资产编号", "编号", "设备号", "machine no", "asset no", "asset"),
    "model": ("型号", "机型", "设备型号", "规格型号", "规格", "machine model"),
    "serial_no": (
        *("序列号", "出厂编号", "机号", "机身号", "机身编号", "设备序列号"),
        *("sn", "s/n", "serial", "serial no", "serial no.", "serial number"),
    ),
    "serial_unknown_because": ("无序列号原因", "why no serial"),
    "brand": ("品牌", "厂家", "生产厂家", "制造商", "manufacturer", "make"),
    "category": ("类别", "设备类别", "分类", "设备分类", "type"),
    "customer": ("用户编号", "客户编号", "用户", "客户", "customer no", "customer id"),
    "place": ("安装地点", "安装位置", "位置", "放置地点", "使用地点", "location"),
    "bought_on": ("购买日期", "购机日期", "销售日期", "采购日期", "purchase date", "bought"),
    "installed_on": ("安装日期", "装机日期", "启用日期", "installation date", "installed"),
    "warranty_until": (
        *("保修期至", "质保期至", "三包期至", "保修到期", "质保到期", "保修截止"),
        *("warranty end", "warranty until", "warranty expires"),
    ),
    "warranty_starts_on": ("保修起算日期", "保修起始", "质保起始", "warranty start"),
    "contract": ("合同号", "合同编号", "维保合同", "contract no"),
    "active": _ACTIVE,
    "version": _VERSION,
}
CUSTOMERS: Headings = {
    "id": (
        *("用户编号", "客户编号", "编号", "客户代码", "客户号", "用户号"),
        *("customer no", "customer id", "customer number"),
    ),
    "name": (
        *("名称", "用户名称", "客户名称", "单位名称", "单位", "姓名", "客户", "用户"),
        *("customer", "customer name", "company"),
    ),
    "kind": ("类别", "用户类别", "客户类别", "客户类型", "用户性质", "客户性质", "性质", "type"),
    "contact_name": ("联系人", "联系人姓名", "负责人", "contact", "contact person"),
    "phone": (
        *("电话", "联系电话", "手机", "手机号", "手机号码", "电话号码", "联系方式"),
        *("tel", "telephone", "mobile", "phone number"),
    ),
    "email": (
        *("电子邮箱", "邮箱", "电子邮件", "邮箱地址", "邮件地址"),
        *("e-mail", "mail", "email address", "e-mail address"),
    ),
    "address": ("地址", "联系地址", "详细地址", "单位地址", "住址"),
    "region": ("区域", "地区", "所属区域", "area"),
    "web_branches": ("网上报修网点", "web branches"),
    "active": _ACTIVE,
    "version": _VERSION,
}
PEOPLE: Headings = {
    "id": ("人员编号", "工号", "员工编号", "编号", "employee no", "staff no", "employee id"),
    "name": ("姓名", "名字", "员工姓名", "employee", "full name"),
    "roles": ("角色", "职务", "岗位", "职位", "role"),
    "branches": ("网点", "所属网点", "门店", "所在网点", "branch"),
    "posts": ("审批职务", "代理职务", "post"),
    "skills": ("技能", "专长", "skill"),
    "regions": ("区域", "负责区域", "服务区域", "region"),
    "phone": CUSTOMERS["phone"],
    "email": CUSTOMERS["email"],
    "tokens_from": ("令牌起用时间", "tokens from"),
    "active": ("在职", "是否在职", *_ACTIVE),
    "version": _VERSION,
}
CUSTOMER_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("单位", "公司", "企业", "机构", "集体", "法人"), "unit"),
    **dict.fromkeys(("company", "organisation", "organization", "business"), "unit"),
    **dict.fromkeys(("个人", "私人", "家庭", "住户", "自然人", "private", "individual"), "person"),
}
ROLES: Mapping[str, str] = {
    **dict.fromkeys(("受理员", "前台", "文员", "客服", "内勤", "接待员"), "clerk"),
    **dict.fromkeys(("售后人员", "技术员", "维修员", "维修工", "技师"), "technician"),
    **dict.fromkeys(("工程师", "维修工程师"), "technician"),
    **dict.fromkeys(("engineer", "repairman"), "technician"),
    **dict.fromkeys(("负责人", "审批人", "网点负责人", "经理", "manager"), "approver"),
    "总经理": "general_manager",
    "general manager": "general_manager",
    **dict.fromkeys(("仓库保管员", "保管员", "库管", "库管员", "仓管", "仓管员"), "storekeeper"),
    **dict.fromkeys(("生产基地", "基地"), "base"),
    **dict.fromkeys(("财务", "会计", "出纳"), "finance"),
    **dict.fromkeys(("审计", "审计员"), "auditor"),
    **dict.fromkeys(("运维", "管理员", "系统管理员"), "operator"),
}
