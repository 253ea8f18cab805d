"""Requests and notifications from and to lines of JSON-RPC."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

import msgspec

from core.config import RunConfig, Section, build_config
from core.protocol.messages import Cancel, Error, ErrorCode, Id, Message, Progress
from core.protocol.requests import METHODS, AnswerT, Request


class RequestError(Exception):
    """A line is no valid request. `id` is None where it has none that can be read."""

    def __init__(self, code: ErrorCode, message: str, id: Id | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.id = id


def encode_call(call: Request[Any] | Cancel | Progress, id: Id | None = None) -> bytes:
    """The line of a request, or of a notification if it has no `id`.

    Raises:
        UnicodeEncodeError: a text holds lone surrogates.
    """
    params = msgspec.Raw(msgspec.json.encode(call, enc_hook=_encode_config))
    number = msgspec.UNSET if id is None else id
    return _line(Message(jsonrpc="2.0", id=number, method=call.method, params=params))


def encode_result(id: Id, result: msgspec.Struct) -> bytes:
    """The line of a response with a result."""
    return _line(Message(jsonrpc="2.0", id=id, result=msgspec.Raw(msgspec.json.encode(result))))


def encode_error(id: Id | None, error: Error) -> bytes:
    """The line of a response with an error; `id` is None if that of the request could not be read."""
    return _line(Message(jsonrpc="2.0", id=id, error=error))


def decode_call(line: bytes) -> Message:
    """The request or notification on a line; its params are not checked yet.

    Raises:
        RequestError: it is neither.
    """
    try:
        message = _messages.decode(line)
    except msgspec.ValidationError as error:
        raise RequestError(ErrorCode.INVALID_REQUEST, f"Invalid request: {error}.", _id_of(line)) from None
    except (ValueError, RecursionError) as error:
        raise RequestError(ErrorCode.PARSE_ERROR, f"Invalid JSON: {error}.") from None
    if message.id is None:
        raise RequestError(ErrorCode.INVALID_REQUEST, "Invalid request: the id is null.")
    if not message.method:
        missing = "Invalid request: the field `method` is missing."
        raise RequestError(ErrorCode.INVALID_REQUEST, missing, _id_of(line))
    return message


def decode_request(message: Message) -> Request[Any]:
    """The struct of a request.

    Raises:
        RequestError: the method is unknown, or a param is unknown, missing or of the wrong type.
        Problem: a configuration has a setting that is unknown or not allowed.
    """
    kind = METHODS.get(message.method)
    if kind is None:
        methods = ", ".join(METHODS)
        raise RequestError(
            ErrorCode.METHOD_NOT_FOUND,
            f"Unknown method {message.method!r}. Methods: {methods}.",
            message.request_id,
        )
    return _decode_params(message, kind)


def decode_cancel(message: Message) -> Cancel:
    """The params of a `cancel` notification.

    Raises:
        RequestError: they are not valid.
    """
    return _decode_params(message, Cancel)


def decode_answer(request: Request[AnswerT], result: msgspec.Raw) -> AnswerT:
    """The result of a request.

    Raises:
        msgspec.MsgspecError: it is not of the type of the request's answer.
    """
    (base,) = type(request).__orig_bases__  # type: ignore[attr-defined]
    kind: type[AnswerT]
    (kind,) = get_args(base)
    return msgspec.json.decode(result, type=kind)


_messages = msgspec.json.Decoder(Message)
_ParamsT = TypeVar("_ParamsT", bound=msgspec.Struct)


def _line(message: Message) -> bytes:
    return msgspec.json.encode(message) + b"\n"


def _decode_params(message: Message, kind: type[_ParamsT]) -> _ParamsT:
    try:
        return msgspec.json.decode(message.params, type=kind, dec_hook=_decode_config)
    except (msgspec.ValidationError, RecursionError) as error:
        fields = ", ".join(field.encode_name for field in msgspec.structs.fields(kind)) or "none"
        raise RequestError(
            ErrorCode.INVALID_PARAMS,
            f"Invalid params of {message.method!r}: {error}. Fields: {fields}.",
            message.request_id,
        ) from None


class _Identified(msgspec.Struct):
    id: Id


def _id_of(line: bytes) -> Id | None:
    try:
        return msgspec.json.decode(line, type=_Identified).id
    except (ValueError, RecursionError):
        return None


def _encode_config(value: object) -> object:
    if isinstance(value, Section | RunConfig):
        return value.model_dump(exclude_none=True)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _decode_config(kind: type, value: object) -> object:
    if not isinstance(value, dict):
        raise TypeError(f"Expected `object`, got `{type(value).__name__}`")
    if kind is RunConfig:
        return build_config(value)
    return build_config({"data": value}).data
