//! Converts text of a snapshot to JavaScript strings.

use heapsnapshot::{Text, TextBuf};
use napi::bindgen_prelude::{ToNapiValue, TypeName, Utf16String};
use napi::{ValueType, sys};

/// A JavaScript string, which can contain lone surrogates.
pub struct JsText(TextBuf);

impl From<TextBuf> for JsText {
    fn from(text: TextBuf) -> Self {
        Self(text)
    }
}

impl From<Text<'_>> for JsText {
    fn from(text: Text<'_>) -> Self {
        Self(text.to_owned())
    }
}

impl TypeName for JsText {
    fn type_name() -> &'static str {
        "String"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ToNapiValue for JsText {
    unsafe fn to_napi_value(env: sys::napi_env, value: Self) -> napi::Result<sys::napi_value> {
        let text = value.0.as_text();
        if let Some(text) = text.as_str() {
            // SAFETY: the caller vouches for `env`, here and below.
            return unsafe { <&str as ToNapiValue>::to_napi_value(env, text) };
        }
        let units = Utf16String::from(text.utf16().collect::<Vec<_>>());
        // SAFETY: see above.
        unsafe { Utf16String::to_napi_value(env, units) }
    }
}
