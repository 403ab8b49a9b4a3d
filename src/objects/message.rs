//! Converts messages of findings to JavaScript: an id, and arguments by name.

use findings::{Message, Value};
use napi::bindgen_prelude::{Object, ToNapiValue, TypeName};
use napi::{Env, ValueType, sys};

use crate::error::to_number;

/// A message as `{ id, args }`.
pub struct JsMessage(Message);

impl From<Message> for JsMessage {
    fn from(message: Message) -> Self {
        Self(message)
    }
}

impl TypeName for JsMessage {
    fn type_name() -> &'static str {
        "Message"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ToNapiValue for JsMessage {
    unsafe fn to_napi_value(env: sys::napi_env, value: Self) -> napi::Result<sys::napi_value> {
        let scope = Env::from_raw(env);
        let mut args = Object::new(&scope)?;
        for (name, arg) in value.0.args {
            args.set(name, JsValue(arg))?;
        }
        let mut message = Object::new(&scope)?;
        message.set("id", value.0.id)?;
        message.set("args", args)?;
        // SAFETY: the caller vouches for `env`.
        unsafe { Object::to_napi_value(env, message) }
    }
}

/// An argument: a number, a text, a message or a list of these.
struct JsValue(Value);

impl ToNapiValue for JsValue {
    unsafe fn to_napi_value(env: sys::napi_env, value: Self) -> napi::Result<sys::napi_value> {
        match value.0 {
            Value::Number(number) => {
                // SAFETY: the caller vouches for `env`, here and below.
                unsafe { f64::to_napi_value(env, to_number(number)) }
            }
            // SAFETY: see above.
            Value::Text(text) => unsafe { String::to_napi_value(env, text) },
            Value::Message(message) => {
                // SAFETY: see above.
                unsafe { JsMessage::to_napi_value(env, JsMessage(message)) }
            }
            Value::List(values) => {
                let values = values.into_iter().map(JsValue).collect();
                // SAFETY: see above.
                unsafe { Vec::to_napi_value(env, values) }
            }
        }
    }
}
